/* SPDX-License-Identifier: ISC */
/* Prints world_digest() of as many pairs as the argument says, or with `index` before it
 * world_index_digest() of as many volumes; see tools/geo-digest.sh. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "crypto/crypto.h"
#include "world.h"

int main(int argc, char **argv)
{
    uint8_t digest[WORLD_DIGEST_SIZE];
    char text[2 * WORLD_DIGEST_SIZE + 1];
    const int index = argc == 3 && strcmp(argv[1], "index") == 0;
    if (argc != 2 + index || dt_crypto_init() != DT_OK) {
        fprintf(stderr, "usage: %s [index] COUNT\n", argv[0]);
        return 2;
    }
    (index ? world_index_digest : world_digest)(digest, strtoull(argv[1 + index], NULL, 10));
    dt_hex(text, digest, sizeof digest);
    puts(text);
    return 0;
}
