/* SPDX-License-Identifier: ISC */
/* Whom we can reach: the installations that cards name, of other parties and of our own. */
#include <stdlib.h>
#include <string.h>

#include "log/fields.h"
#include "log/statement.h"
#include "node/state.h"

/* protocol.md section 10: roots, smaller first, and 32 secret or zero bytes. */
void dt_link_pair_key(uint8_t out[static 32], const uint8_t *a, const uint8_t *b,
                      const uint8_t *secret)
{
    static const uint8_t none[32];
    const bool first = memcmp(a, b, DT_PUBLIC_SIZE) < 0;
    const struct dt_span parts[3] = {dt_span(first ? a : b, DT_PUBLIC_SIZE),
                                     dt_span(first ? b : a, DT_PUBLIC_SIZE),
                                     dt_span(secret != NULL ? secret : none, 32)};
    dt_labelled_hash(out, "detente/1/pair-psk", parts, 3);
}

/* Where to call first: the card's endpoint at the certificate's place, else its first. A card
 * does not say which installation is where: the others are tried when nobody answers. */
static void place(struct dt_contact *c, const struct dt_card *card, unsigned number)
{
    size_t at = 0;
    c->endpoint_count = 0;
    for (size_t i = 0; i < card->certificate_count; i++) {
        at = card->certificates[i].number == number ? i : at;
    }
    for (size_t i = 0; i < card->endpoint_count; i++) {
        if (dt_address_parse(&c->endpoints[c->endpoint_count], card->endpoints[i]) == DT_OK) {
            c->endpoint_count++;
        }
    }
    if (c->endpoint_count > 0) {
        c->endpoint_at = at < c->endpoint_count ? at : 0;
        c->address = c->endpoints[c->endpoint_at];
        c->called = false;
    }
}

void dt_contact_next_endpoint(struct dt_contact *c)
{
    if (c->called && !c->up && c->endpoint_count > 1) {
        c->endpoint_at = (c->endpoint_at + 1) % c->endpoint_count;
        c->address = c->endpoints[c->endpoint_at];
    }
    c->called = true;
}

enum dt_err dt_link_add_contact(struct dt_node *n, const struct dt_card *card,
                                const struct dt_certificate *certificate, const uint8_t *psk,
                                bool quantum)
{
    uint32_t slot = 0;
    const enum dt_err err = dt_session_pair(&n->sessions, certificate->session, psk, &slot);
    if (err == DT_ERR_DUPLICATE) {
        struct dt_contact *known = dt_contact_by_slot(n, slot);
        if (known == NULL || memcmp(known->root, card->root, DT_PUBLIC_SIZE) != 0) {
            return err; /* another party's session key: its link is not this one's to move */
        }
        place(known, card, certificate->number);
        return DT_OK;
    }
    DT_TRY(err);
    struct dt_contact *contacts =
        realloc(n->contacts, (n->contact_count + 1) * sizeof *contacts);
    if (contacts == NULL) {
        return DT_ERR_NO_MEMORY;
    }
    n->contacts = contacts;
    n->drop_revoked = true;
    struct dt_contact *c = &contacts[n->contact_count++];
    *c = (struct dt_contact){.number = certificate->number, .slot = slot, .quantum = quantum};
    memcpy(c->root, card->root, DT_PUBLIC_SIZE);
    memcpy(c->code, card->code, sizeof c->code);
    place(c, card, certificate->number);
    return DT_OK;
}

enum dt_err dt_link_add_own(struct dt_node *n, const struct dt_card *card)
{
    uint8_t psk[32];
    enum dt_err err = DT_OK;
    dt_link_pair_key(psk, n->home.root, n->home.root, NULL);
    for (size_t i = 0; i < card->certificate_count && err == DT_OK; i++) {
        if (card->certificates[i].number != n->home.number) {
            err = dt_link_add_contact(n, card, &card->certificates[i], psk, false);
        }
    }
    dt_wipe(psk, sizeof psk);
    return err;
}

struct known_peer {
    const uint8_t *root;
    bool there;
    uint8_t psk[32];
    unsigned flags;
    int64_t time_ms; /* of its card */
};

static int64_t card_time(struct dt_span bytes)
{
    static _Thread_local struct dt_card card; /* large: not for the stack */
    struct dt_statement s;
    return dt_statement_decode(&s, bytes) == DT_OK && dt_card_decode(&card, &s) == DT_OK
               ? card.time_ms : 0;
}

static bool take_known(void *ctx, const struct dt_store_peer *peer)
{
    struct known_peer *known = ctx;
    if (memcmp(peer->root, known->root, DT_PUBLIC_SIZE) == 0) {
        known->there = true;
        known->flags = peer->flags;
        known->time_ms = card_time(peer->card);
        memcpy(known->psk, peer->psk, sizeof known->psk);
    }
    return !known->there;
}

/* A new secret for a party we know: its sessions start anew under it. */
static void forget_if_new_secret(struct dt_node *n, const struct known_peer *known,
                                 const uint8_t *psk)
{
    if (known->there && !dt_equal(known->psk, psk, sizeof known->psk)) {
        dt_link_forget(n, known->root);
    }
}

/* The newer card of our own party: another installation of ours is named there. It is kept,
 * certificates too, so that the next card names both. */
static enum dt_err add_own_card(struct dt_node *n, const struct dt_card *card, struct dt_span bytes)
{
    static _Thread_local struct dt_card held; /* large: not for the stack */
    static _Thread_local uint8_t held_bytes[DT_STATEMENT_MAX];
    size_t size = 0;
    bool us = false;
    DT_TRY(dt_home_card(&n->home, held_bytes, &size, &held));
    for (size_t i = 0; i < card->certificate_count; i++) {
        us = us || memcmp(card->certificates[i].writer, n->keys.writer_public,
                          DT_PUBLIC_SIZE) == 0;
    }
    if (!us || card->time_ms < held.time_ms) {
        return us ? DT_ERR_OLDER_CARD : DT_ERR_NOT_ALLOWED;
    }
    DT_TRY(dt_link_check_numbers(n, card));
    DT_TRY(dt_home_take_card(&n->home, card, bytes));
    DT_TRY(dt_link_add_own(n, card));
    for (size_t i = 0; i < n->line_count; i++) {
        DT_TRY(dt_line_add_peers(n->lines[i]));
    }
    return DT_OK;
}

enum dt_err dt_link_add_card(struct dt_node *n, struct dt_span bytes, const uint8_t *secret,
                             bool store)
{
    static _Thread_local struct dt_card card; /* large: not for the stack */
    struct dt_statement statement;
    uint8_t psk[32];
    DT_TRY(dt_statement_decode(&statement, bytes));
    DT_TRY(dt_card_decode(&card, &statement));
    if (memcmp(card.root, n->home.root, DT_PUBLIC_SIZE) == 0) {
        return secret != NULL || !store ? DT_ERR_NOT_ALLOWED : add_own_card(n, &card, bytes);
    }
    DT_TRY(dt_link_check_numbers(n, &card));
    struct known_peer known = {.root = card.root};
    DT_TRY(dt_store_peer_list(n->store, take_known, &known));
    if (known.there && card.time_ms < known.time_ms) {
        dt_wipe(known.psk, sizeof known.psk);
        return DT_ERR_OLDER_CARD; /* it would bring back what was revoked or moved since */
    }
    unsigned flags = secret != NULL ? DT_PEER_QUANTUM : 0;
    if (secret == NULL && known.there) {
        /* A card that comes again never takes back what was agreed in person. */
        memcpy(psk, known.psk, sizeof psk);
        flags = known.flags;
    } else {
        dt_link_pair_key(psk, n->home.root, card.root, secret);
        forget_if_new_secret(n, &known, psk);
    }
    dt_wipe(known.psk, sizeof known.psk);
    for (size_t i = 0; i < card.certificate_count; i++) {
        const enum dt_err added = dt_link_add_contact(n, &card, &card.certificates[i], psk,
                                                      (flags & DT_PEER_QUANTUM) != 0);
        if (added != DT_OK) {
            if (!known.there) {
                dt_link_forget(n, card.root); /* all of its installations, or none */
            }
            dt_wipe(psk, sizeof psk);
            return added;
        }
    }
    struct dt_store_peer peer = {.card = bytes, .flags = flags};
    memcpy(peer.root, card.root, DT_PUBLIC_SIZE);
    memcpy(peer.psk, psk, sizeof psk);
    if (card.endpoint_count > 0) {
        peer.endpoint = dt_span(card.endpoints[0], strlen(card.endpoints[0]));
    }
    enum dt_err err = DT_OK;
    if (store) {
        err = dt_node_write(n);
        err = err == DT_OK ? dt_store_peer_put(n->store, &peer) : err;
    }
    dt_wipe(psk, sizeof psk);
    dt_wipe(&peer, sizeof peer);
    for (size_t i = 0; i < n->line_count && err == DT_OK; i++) {
        err = dt_line_add_peers(n->lines[i]);
    }
    return err;
}

void dt_link_remove(struct dt_node *n, size_t i)
{
    dt_link_down(n, &n->contacts[i]); /* its lines must not wait for it */
    dt_session_unpair(&n->sessions, n->contacts[i].slot);
    n->contacts[i] = n->contacts[--n->contact_count];
}

void dt_link_forget(struct dt_node *n, const uint8_t root[static DT_PUBLIC_SIZE])
{
    for (size_t i = 0; i < n->contact_count;) {
        if (memcmp(n->contacts[i].root, root, DT_PUBLIC_SIZE) == 0) {
            dt_link_remove(n, i);
        } else {
            i++;
        }
    }
}

static bool load_peer(void *ctx, const struct dt_store_peer *peer)
{
    static _Thread_local struct dt_card card;
    struct dt_node *n = ctx;
    struct dt_statement statement;
    if (dt_statement_decode(&statement, peer->card) != DT_OK ||
        dt_card_decode(&card, &statement) != DT_OK) {
        dt_node_log(n, "error", "a stored card does not verify");
        return true;
    }
    for (size_t i = 0; i < card.certificate_count; i++) {
        const enum dt_err err = dt_link_add_contact(n, &card, &card.certificates[i], peer->psk,
                                                    (peer->flags & DT_PEER_QUANTUM) != 0);
        if (err != DT_OK) { /* one party's card never keeps the node from starting */
            dt_node_log(n, "error", "%s.%u cannot be reached: %s", card.code,
                        card.certificates[i].number, dt_err_name(err));
        }
    }
    return true;
}

enum dt_err dt_link_load_contacts(struct dt_node *n)
{
    static _Thread_local struct dt_card own; /* large: not for the stack */
    static _Thread_local uint8_t bytes[DT_STATEMENT_MAX];
    size_t size = 0;
    if (dt_home_card(&n->home, bytes, &size, &own) != DT_OK || dt_link_add_own(n, &own) != DT_OK) {
        dt_node_log(n, "error", "our other installations cannot be reached");
    }
    return dt_store_peer_list(n->store, load_peer, n);
}
