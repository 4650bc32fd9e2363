/* SPDX-License-Identifier: ISC */
/* Prints world_digest() of as many pairs as the argument says; see tools/geo-digest.sh. */
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "crypto/crypto.h"
#include "world.h"

int main(int argc, char **argv)
{
    uint8_t digest[WORLD_DIGEST_SIZE];
    char text[2 * WORLD_DIGEST_SIZE + 1];
    if (argc != 2 || dt_crypto_init() != DT_OK) {
        fprintf(stderr, "usage: %s PAIRS\n", argv[0]);
        return 2;
    }
    world_digest(digest, strtoull(argv[1], NULL, 10));
    dt_hex(text, digest, sizeof digest);
    puts(text);
    return 0;
}
