/* SPDX-License-Identifier: ISC */
/* What world_digest() gives everywhere. Changing a last bit anywhere in src/geo
 * changes these: then the protocol version changes too, or the change is wrong. */
#ifndef DT_TESTS_GEO_DIGEST_H
#define DT_TESTS_GEO_DIGEST_H

#define GEO_DIGEST_100K "b2b0e6432fae993d7d242ce193f50d97543e06f5977cb975f16797ce0c62a498"
#define GEO_DIGEST_1M "39293255045a9d0d2bfd6370f968efc7e0171252d1ebaa14723e79f289213371"
#define GEO_DIGEST_INDEX_20K "e04bbe90e95481cc87af93de3c79a5995e5b8f512391249dc2bd512f65686810"

#endif
