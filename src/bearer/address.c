/* SPDX-License-Identifier: ISC */
#include <arpa/inet.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "bearer/udp.h"

enum { HOST_SIZE = 64 };

bool dt_address_equal(const struct dt_address *a, const struct dt_address *b)
{
    return a->family == b->family && a->port == b->port && a->scope == b->scope &&
           memcmp(a->ip, b->ip, sizeof a->ip) == 0;
}

static uint64_t mix(uint64_t z) /* the finaliser of SplitMix64 */
{
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

uint64_t dt_address_hash(const struct dt_address *a, uint64_t secret)
{
    uint64_t half[2];
    memcpy(half, a->ip, sizeof half);
    const uint64_t rest =
        (uint64_t)a->scope << 32 | (uint64_t)a->port << 8 | (uint64_t)a->family;
    return mix(mix(mix(secret ^ rest) ^ half[0]) ^ half[1] ^ secret << 1);
}

size_t dt_address_text(char out[static DT_ADDRESS_TEXT_SIZE], const struct dt_address *a)
{
    char host[INET6_ADDRSTRLEN] = "";
    int n;
    if (a->family == 4) {
        inet_ntop(AF_INET, a->ip, host, sizeof host);
        n = snprintf(out, DT_ADDRESS_TEXT_SIZE, "udp:%s:%u", host, (unsigned)a->port);
    } else if (a->family == 6) {
        char scope[12] = "";
        if (a->scope != 0) {
            snprintf(scope, sizeof scope, "%%%u", (unsigned)a->scope);
        }
        inet_ntop(AF_INET6, a->ip, host, sizeof host);
        n = snprintf(out, DT_ADDRESS_TEXT_SIZE, "udp:[%s%s]:%u", host, scope, (unsigned)a->port);
    } else {
        n = snprintf(out, DT_ADDRESS_TEXT_SIZE, "none");
    }
    return (size_t)n;
}

/* "%2" or "%eth0" behind an IPv6 address; cuts it off. */
static enum dt_err take_scope(uint32_t *scope, char *host)
{
    char *percent = strchr(host, '%');
    if (percent == NULL) {
        return DT_OK;
    }
    *percent++ = '\0';
    uint64_t number = 0;
    if (dt_undecimal(&number, percent, strlen(percent)) == DT_OK) {
        if (number == 0 || number > UINT32_MAX) {
            return DT_ERR_BAD_VALUE;
        }
        *scope = (uint32_t)number;
        return DT_OK;
    }
    *scope = if_nametoindex(percent);
    return *scope != 0 ? DT_OK : DT_ERR_BAD_VALUE;
}

static enum dt_err parse_port(uint16_t *port, const char *text)
{
    uint64_t number = 0;
    if (dt_undecimal(&number, text, strlen(text)) != DT_OK) {
        return DT_ERR_BAD_TEXT;
    }
    if (number > UINT16_MAX) {
        return DT_ERR_BAD_VALUE;
    }
    *port = (uint16_t)number;
    return DT_OK;
}

/* Copies text[0..size) as a string; false if it is empty or too long. */
static bool take(char out[static HOST_SIZE], const char *text, size_t size)
{
    if (size == 0 || size >= HOST_SIZE) {
        return false;
    }
    memcpy(out, text, size);
    out[size] = '\0';
    return true;
}

static enum dt_err parse_v6(struct dt_address *out, const char *text)
{
    char host[HOST_SIZE];
    const char *close = strchr(text, ']');
    if (close == NULL || close[1] != ':' || !take(host, text, (size_t)(close - text))) {
        return DT_ERR_BAD_TEXT;
    }
    const enum dt_err err = take_scope(&out->scope, host);
    if (err != DT_OK) {
        return err;
    }
    out->family = 6;
    return inet_pton(AF_INET6, host, out->ip) == 1 ? parse_port(&out->port, close + 2)
                                                   : DT_ERR_BAD_TEXT;
}

static enum dt_err parse_v4(struct dt_address *out, const char *text)
{
    char host[HOST_SIZE];
    const char *colon = strchr(text, ':');
    if (colon == NULL || !take(host, text, (size_t)(colon - text))) {
        return DT_ERR_BAD_TEXT;
    }
    out->family = 4;
    return inet_pton(AF_INET, host, out->ip) == 1 ? parse_port(&out->port, colon + 1)
                                                  : DT_ERR_BAD_TEXT;
}

enum dt_err dt_address_parse(struct dt_address *out, const char *text)
{
    memset(out, 0, sizeof *out);
    if (strncmp(text, "udp:", 4) != 0 || strlen(text) >= DT_ADDRESS_TEXT_SIZE) {
        return DT_ERR_BAD_TEXT;
    }
    const enum dt_err err = text[4] == '[' ? parse_v6(out, text + 5) : parse_v4(out, text + 4);
    if (err != DT_OK) {
        memset(out, 0, sizeof *out);
    }
    return err;
}
