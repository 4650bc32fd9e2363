/* SPDX-License-Identifier: ISC */
/* The signed papers of a home: certificates, revocations, the card (home.h). */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "bearer/udp.h"
#include "log/fields.h"
#include "node/home_papers.h"

/* Reads certs/<name> and checks that our root signed it. */
static enum dt_err read_paper(const struct dt_home *home, const char *name, uint8_t *out,
                              size_t capacity, size_t *size, struct dt_statement *s)
{
    char path[96];
    snprintf(path, sizeof path, "certs/%s", name);
    DT_TRY(dt_home_read(home, path, out, capacity, size));
    DT_TRY(dt_statement_decode(s, dt_span(out, *size)));
    return memcmp(s->signer, home->root, DT_PUBLIC_SIZE) == 0 ? DT_OK : DT_ERR_BAD_SIGNATURE;
}

static enum dt_err node_certificate(const struct dt_home *home, unsigned number, uint8_t *out,
                                    size_t *size, struct dt_certificate *certificate)
{
    char name[64];
    struct dt_statement s;
    snprintf(name, sizeof name, "node-%u.cert", number);
    DT_TRY(read_paper(home, name, out, DT_STATEMENT_MAX, size, &s));
    DT_TRY(dt_certificate_decode(certificate, &s));
    return certificate->number == number ? DT_OK : DT_ERR_BAD_VALUE;
}

enum dt_err dt_home_certificate(const struct dt_home *home, uint8_t *out, size_t *size,
                                struct dt_certificate *certificate)
{
    return node_certificate(home, home->number, out, size, certificate);
}

enum dt_err dt_home_operator_statement(const struct dt_home *home, unsigned number,
                                       uint8_t out[static DT_STATEMENT_MAX], size_t *size,
                                       struct dt_operator *operator_)
{
    char name[64];
    struct dt_statement s;
    snprintf(name, sizeof name, "operator-%u.cert", number);
    const enum dt_err err = read_paper(home, name, out, DT_STATEMENT_MAX, size, &s);
    if (err != DT_OK) {
        return err == DT_ERR_NO_HOME ? DT_ERR_UNKNOWN_PARTY : err;
    }
    DT_TRY(dt_operator_decode(operator_, &s));
    return operator_->number == number ? DT_OK : DT_ERR_BAD_VALUE;
}

/* --- what lies in certs/ ------------------------------------------------------------ */

/* The number in "<prefix><number>.cert", 0 for another name. */
static unsigned numbered(const char *name, const char *prefix, unsigned max)
{
    const size_t front = strlen(prefix), size = strlen(name);
    uint64_t number = 0;
    if (size <= front + 5 || strncmp(name, prefix, front) != 0 ||
        strcmp(name + size - 5, ".cert") != 0 ||
        dt_undecimal(&number, name + front, size - front - 5) != DT_OK || number > max) {
        return 0;
    }
    return (unsigned)number;
}

static int ascending(const void *a, const void *b)
{
    const unsigned x = *(const unsigned *)a, y = *(const unsigned *)b;
    return (x > y) - (x < y);
}

enum dt_err dt_home_numbers(const struct dt_home *home, const char *prefix, unsigned max,
                            unsigned *out, size_t capacity, size_t *count)
{
    char path[DT_HOME_PATH_SIZE];
    *count = 0;
    DT_TRY(dt_home_file(path, home, "certs"));
    DIR *dir = opendir(path);
    if (dir == NULL) {
        return DT_ERR_IO;
    }
    enum dt_err err = DT_OK;
    for (struct dirent *e = readdir(dir); e != NULL && err == DT_OK; e = readdir(dir)) {
        const unsigned number = numbered(e->d_name, prefix, max);
        if (number != 0 && *count == capacity) {
            err = DT_ERR_CAPACITY;
        } else if (number != 0) {
            out[(*count)++] = number;
        }
    }
    closedir(dir);
    qsort(out, *count, sizeof *out, ascending);
    return err;
}

enum dt_err dt_home_revoked(const struct dt_home *home, struct dt_revoked *out)
{
    char path[DT_HOME_PATH_SIZE];
    out->count = 0;
    DT_TRY(dt_home_file(path, home, "certs"));
    DIR *dir = opendir(path);
    if (dir == NULL) {
        return DT_ERR_IO;
    }
    enum dt_err err = DT_OK;
    for (struct dirent *e = readdir(dir); e != NULL && err == DT_OK; e = readdir(dir)) {
        uint8_t bytes[DT_STATEMENT_MAX];
        size_t size = 0;
        struct dt_statement s;
        struct dt_revocation r;
        const char *dot = strrchr(e->d_name, '.');
        if (dot == NULL || strcmp(dot, ".revocation") != 0 || strlen(e->d_name) > 80) {
            continue;
        }
        err = read_paper(home, e->d_name, bytes, sizeof bytes, &size, &s);
        err = err == DT_OK ? dt_revocation_decode(&r, &s) : err;
        if (err == DT_OK && out->count == DT_HOME_REVOKED_MAX) {
            err = DT_ERR_CAPACITY;
        } else if (err == DT_OK) {
            memcpy(out->keys[out->count++], r.key, DT_PUBLIC_SIZE);
        }
    }
    closedir(dir);
    return err;
}

bool dt_home_is_revoked(const struct dt_revoked *revoked, const uint8_t key[static DT_PUBLIC_SIZE])
{
    for (size_t i = 0; i < revoked->count; i++) {
        if (memcmp(revoked->keys[i], key, DT_PUBLIC_SIZE) == 0) {
            return true;
        }
    }
    return false;
}

enum dt_err dt_home_revoke(const struct dt_home *home, const struct dt_revocation *revocation,
                           const uint8_t root[static DT_SIGNER_SIZE], uint8_t *out, size_t *size)
{
    uint8_t id[DT_HASH_SIZE];
    char word[DT_BASE32_SIZE(10) + 1], name[96];
    DT_TRY(dt_revocation_sign(out, DT_STATEMENT_MAX, size, revocation, root, home->root));
    dt_statement_id(id, dt_span(out, *size));
    dt_base32(word, id, 10);
    snprintf(name, sizeof name, "certs/%s.revocation", word);
    return dt_home_write(home, name, dt_span(out, *size));
}

/* --- the card -------------------------------------------------------------------------- */

/* Where the statements that a card embeds lie while it is made. */
struct papers {
    uint8_t bytes[DT_STATEMENT_MAX];
    size_t used;
};

static enum dt_err keep(struct papers *p, struct dt_span statement, struct dt_span *kept)
{
    if (statement.size > sizeof p->bytes - p->used) {
        return DT_ERR_TOO_LARGE;
    }
    memcpy(p->bytes + p->used, statement.data, statement.size);
    *kept = dt_span(p->bytes + p->used, statement.size);
    p->used += statement.size;
    return DT_OK;
}

static enum dt_err add_certificates(struct dt_card *card, struct papers *papers,
                                    const struct dt_home *home, const struct dt_revoked *revoked)
{
    unsigned numbers[DT_WRITERS_MAX];
    size_t count = 0;
    DT_TRY(dt_home_numbers(home, "node-", DT_WRITERS_MAX, numbers, DT_WRITERS_MAX, &count));
    for (size_t i = 0; i < count; i++) {
        uint8_t bytes[DT_STATEMENT_MAX];
        size_t size = 0;
        struct dt_certificate c;
        DT_TRY(node_certificate(home, numbers[i], bytes, &size, &c));
        if (dt_home_is_revoked(revoked, c.writer)) {
            continue;
        }
        DT_TRY(
            keep(papers, dt_span(bytes, size), &card->certificate_bytes[card->certificate_count]));
        card->certificates[card->certificate_count++] = c;
    }
    return DT_OK;
}

static enum dt_err add_operators(struct dt_card *card, struct papers *papers,
                                 const struct dt_home *home, const struct dt_revoked *revoked)
{
    unsigned numbers[DT_OPERATOR_MAX];
    size_t count = 0;
    DT_TRY(dt_home_numbers(home, "operator-", DT_OPERATOR_MAX, numbers, DT_OPERATOR_MAX, &count));
    for (size_t i = 0; i < count && card->operator_count < DT_CARD_OPERATORS_MAX; i++) {
        uint8_t bytes[DT_STATEMENT_MAX];
        size_t size = 0;
        struct dt_operator o;
        DT_TRY(dt_home_operator_statement(home, numbers[i], bytes, &size, &o));
        if (dt_home_is_revoked(revoked, o.key)) {
            continue;
        }
        DT_TRY(keep(papers, dt_span(bytes, size), &card->operator_bytes[card->operator_count]));
        card->operators[card->operator_count++] = o;
    }
    return DT_OK;
}

static enum dt_err take_text(char *out, size_t capacity, const char *text)
{
    const size_t size = strlen(text);
    if (size == 0 || size >= capacity || !dt_utf8_valid(dt_span(text, size))) {
        return DT_ERR_BAD_VALUE;
    }
    memcpy(out, text, size + 1);
    return DT_OK;
}

/* An address others can send to: of a kind we have, with a port. */
static bool endpoint_good(const char *text)
{
    struct dt_address address;
    return dt_address_parse(&address, text) == DT_OK && address.port != 0;
}

static bool contact_good(const char *kind)
{
    static const char *const kinds[] = {"tel", "sat", "freq", "mail"};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(kind, kinds[i]) == 0) {
            return true;
        }
    }
    return false;
}

static enum dt_err add_words(struct dt_card *card, const struct dt_card_words *words)
{
    if (words->endpoint_count > DT_CARD_ENDPOINTS_MAX ||
        words->contact_count > DT_CARD_CONTACTS_MAX) {
        return DT_ERR_TOO_LARGE;
    }
    for (size_t i = 0; i < words->endpoint_count; i++) {
        if (!endpoint_good(words->endpoints[i])) {
            return DT_ERR_BAD_VALUE;
        }
        DT_TRY(take_text(card->endpoints[i], sizeof card->endpoints[i], words->endpoints[i]));
    }
    for (size_t i = 0; i < words->contact_count; i++) {
        if (!contact_good(words->contacts[i].kind)) {
            return DT_ERR_BAD_VALUE;
        }
        DT_TRY(take_text(card->contacts[i].kind, sizeof card->contacts[i].kind,
                         words->contacts[i].kind));
        DT_TRY(take_text(card->contacts[i].text, sizeof card->contacts[i].text,
                         words->contacts[i].text));
    }
    card->endpoint_count = words->endpoint_count;
    card->contact_count = words->contact_count;
    return DT_OK;
}

static enum dt_err keep_words(struct dt_card *card, const struct dt_home *home)
{
    uint8_t bytes[DT_STATEMENT_MAX];
    size_t size = 0;
    struct dt_card now;
    DT_TRY(dt_home_card(home, bytes, &size, &now));
    memcpy(card->endpoints, now.endpoints, sizeof card->endpoints);
    memcpy(card->contacts, now.contacts, sizeof card->contacts);
    card->endpoint_count = now.endpoint_count;
    card->contact_count = now.contact_count;
    return DT_OK;
}

enum dt_err dt_home_make_card(const struct dt_home *home, const struct dt_card_words *words,
                              const uint8_t root[static DT_SIGNER_SIZE], int64_t now_ms)
{
    struct dt_card card = {.time_ms = now_ms};
    struct papers papers = {.used = 0};
    struct dt_revoked revoked;
    uint8_t statement[DT_STATEMENT_MAX];
    char armoured[DT_ARMOUR_SIZE(DT_STATEMENT_MAX)];
    size_t size = 0;
    memcpy(card.code, home->code, sizeof card.code);
    memcpy(card.name, home->name, sizeof card.name);
    memcpy(card.root, home->root, sizeof card.root);
    DT_TRY(dt_home_revoked(home, &revoked));
    DT_TRY(add_certificates(&card, &papers, home, &revoked));
    DT_TRY(add_operators(&card, &papers, home, &revoked));
    DT_TRY(words != NULL ? add_words(&card, words) : keep_words(&card, home));
    DT_TRY(dt_card_sign(statement, sizeof statement, &size, &card, root));
    struct dt_statement s; /* a card nobody could read is not written */
    DT_TRY(dt_statement_decode(&s, dt_span(statement, size)));
    DT_TRY(dt_card_decode(&card, &s));
    const size_t length = dt_armour(armoured, "CARD", dt_span(statement, size));
    return dt_home_write(home, "card", dt_span(armoured, length));
}

/* A certificate that came with a card; another one under that name stays. */
static enum dt_err take_certificate(const struct dt_home *home, const char *kind, unsigned number,
                                    struct dt_span statement)
{
    char name[64];
    uint8_t held[DT_STATEMENT_MAX];
    size_t size = 0;
    snprintf(name, sizeof name, "certs/%s-%u.cert", kind, number);
    const enum dt_err err = dt_home_read(home, name, held, sizeof held, &size);
    if (err == DT_ERR_NO_HOME) {
        return dt_home_write(home, name, statement);
    }
    DT_TRY(err);
    return size == statement.size && memcmp(held, statement.data, size) == 0 ? DT_OK
                                                                             : DT_ERR_NUMBER_TAKEN;
}

enum dt_err dt_home_take_card(const struct dt_home *home, const struct dt_card *card,
                              struct dt_span statement)
{
    char armoured[DT_ARMOUR_SIZE(DT_STATEMENT_MAX)];
    for (size_t i = 0; i < card->certificate_count; i++) {
        DT_TRY(take_certificate(home, "node", card->certificates[i].number,
                                card->certificate_bytes[i]));
    }
    for (size_t i = 0; i < card->operator_count; i++) {
        DT_TRY(take_certificate(home, "operator", card->operators[i].number,
                                card->operator_bytes[i]));
    }
    const size_t length = dt_armour(armoured, "CARD", statement);
    return dt_home_write(home, "card", dt_span(armoured, length));
}

enum dt_err dt_home_card(const struct dt_home *home, uint8_t out[static DT_STATEMENT_MAX],
                         size_t *size, struct dt_card *card)
{
    uint8_t text[DT_ARMOUR_SIZE(DT_STATEMENT_MAX)];
    size_t length = 0;
    struct dt_statement s;
    DT_TRY(dt_home_read(home, "card", text, sizeof text, &length));
    DT_TRY(dt_unarmour(out, DT_STATEMENT_MAX, size, "CARD", dt_span(text, length)));
    DT_TRY(dt_statement_decode(&s, dt_span(out, *size)));
    DT_TRY(dt_card_decode(card, &s));
    return memcmp(card->root, home->root, DT_PUBLIC_SIZE) == 0 ? DT_OK : DT_ERR_BAD_SIGNATURE;
}
