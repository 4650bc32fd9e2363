/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "read/read.h"

enum read_status read_as(const char *what, const char *data, size_t size, FILE *out)
{
    if (strcmp(what, "xml") == 0) {
        return read_xml(data, size, out);
    }
    return strcmp(what, "kmz") == 0 ? read_kmz(data, size, out) : READ_USAGE;
}
