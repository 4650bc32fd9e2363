/* SPDX-License-Identifier: ISC */
#include "node/pair.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "log/fields.h"
#include "log/statement.h"

enum { ITEM_COMMIT = 1, ITEM_REVEAL = 2, NONCE = 32, CODE_BYTES = 5 };

#define REPEAT INT64_C(500000) /* us between repeats: the link may lose any of them */

/* The window that is open. */
struct dt_pairing {
    uint64_t client;
    int64_t until_us, next_us;
    bool was_known; /* a contact before the window was opened: stays one */
    bool told, has_commit, has_nonce;
    uint8_t root[DT_PUBLIC_SIZE];
    uint8_t card_id[DT_HASH_SIZE], own_card_id[DT_HASH_SIZE];
    uint8_t nonce[NONCE], their_nonce[NONCE];
    uint8_t commit[DT_HASH_SIZE], their_commit[DT_HASH_SIZE];
    size_t card_size;
    uint8_t card[DT_STATEMENT_MAX];
};

static void commitment(uint8_t out[static DT_HASH_SIZE], const uint8_t *card_id,
                       const uint8_t *nonce)
{
    const struct dt_span parts[2] = {dt_span(card_id, DT_HASH_SIZE), dt_span(nonce, NONCE)};
    dt_labelled_hash(out, "detente/1/pair-commit", parts, 2);
}

static void end(struct dt_node *n, bool keep)
{
    struct dt_pairing *p = n->pairing;
    n->pairing = NULL;
    if (p != NULL) {
        if (!keep && !p->was_known) {
            dt_link_forget(n, p->root);
        }
        dt_wipe(p, sizeof *p);
        free(p);
    }
}

static bool is_contact(const struct dt_node *n, const uint8_t *root)
{
    for (size_t i = 0; i < n->contact_count; i++) {
        if (memcmp(n->contacts[i].root, root, DT_PUBLIC_SIZE) == 0) {
            return true;
        }
    }
    return false;
}

enum dt_err dt_pair_open(struct dt_node *n, struct dt_client_state *client, struct dt_span card)
{
    static _Thread_local struct dt_card own_card;
    static _Thread_local uint8_t own[DT_STATEMENT_MAX];
    struct dt_statement statement;
    size_t own_size = 0;
    DT_TRY(dt_statement_decode(&statement, card));
    if (n->pairing != NULL && memcmp(n->pairing->root, statement.signer, DT_PUBLIC_SIZE) != 0) {
        return DT_ERR_BAD_STATE;
    }
    DT_TRY(dt_home_card(&n->home, own, &own_size, &own_card));
    struct dt_pairing *p = calloc(1, sizeof *p);
    if (p == NULL || card.size > sizeof p->card) {
        free(p);
        return DT_ERR_NO_MEMORY;
    }
    /* A contact that only a window of before brought is not known yet. */
    p->was_known = n->pairing != NULL ? n->pairing->was_known : is_contact(n, statement.signer);
    end(n, true);
    const enum dt_err err = dt_link_add_card(n, card, NULL, false);
    if (err != DT_OK) {
        if (!p->was_known) {
            dt_link_forget(n, statement.signer);
        }
        free(p);
        return err;
    }
    p->client = client->id;
    p->until_us = dt_node_now_us() + DT_PAIR_WINDOW;
    memcpy(p->root, statement.signer, DT_PUBLIC_SIZE);
    memcpy(p->card, card.data, card.size);
    p->card_size = card.size;
    dt_statement_id(p->card_id, card);
    dt_statement_id(p->own_card_id, dt_span(own, own_size));
    dt_random(p->nonce, sizeof p->nonce);
    commitment(p->commit, p->own_card_id, p->nonce);
    n->pairing = p;
    return DT_OK;
}

/* 40 bits over both cards and nonces, the smaller root key's first. */
static void code_of(const struct dt_node *n, const struct dt_pairing *p,
                    char out[static DT_BASE32_SIZE(CODE_BYTES) + 1])
{
    uint8_t hash[DT_HASH_SIZE];
    const bool first = memcmp(n->home.root, p->root, DT_PUBLIC_SIZE) < 0;
    const struct dt_span ours[2] = {dt_span(p->own_card_id, DT_HASH_SIZE),
                                    dt_span(p->nonce, NONCE)};
    const struct dt_span theirs[2] = {dt_span(p->card_id, DT_HASH_SIZE),
                                      dt_span(p->their_nonce, NONCE)};
    const struct dt_span parts[4] = {first ? ours[0] : theirs[0], first ? ours[1] : theirs[1],
                                     first ? theirs[0] : ours[0], first ? theirs[1] : ours[1]};
    dt_labelled_hash(hash, "detente/1/pair-code", parts, 4);
    dt_base32(out, hash, CODE_BYTES);
}

static void tell(struct dt_node *n, struct dt_pairing *p)
{
    char code[DT_BASE32_SIZE(CODE_BYTES) + 1];
    struct dt_client_state *client = dt_control_client(n, p->client);
    struct dt_object o;
    p->told = true;
    if (client == NULL) {
        return;
    }
    code_of(n, p, code);
    dt_obj_init(&o);
    dt_obj_map(&o);
    dt_obj_key(&o, "event");
    dt_obj_string(&o, "pair");
    dt_obj_key(&o, "code");
    dt_obj_string(&o, code);
    dt_obj_end(&o);
    dt_control_send(n, client, &o);
}

void dt_pair_receive(struct dt_node *n, const struct dt_contact *c, struct dt_reader *r)
{
    struct dt_pairing *p = n->pairing;
    if (p == NULL || memcmp(p->root, c->root, DT_PUBLIC_SIZE) != 0) {
        return;
    }
    while (r->left > 0 && r->err == DT_OK) {
        const uint8_t item = dt_read_u8(r);
        uint8_t value[32], expected[DT_HASH_SIZE];
        dt_read_copy(r, value, sizeof value);
        if (r->err != DT_OK) {
            return;
        }
        if (item == ITEM_COMMIT && !p->has_commit) { /* the first binds */
            memcpy(p->their_commit, value, sizeof value);
            p->has_commit = true;
            p->next_us = 0;
        } else if (item == ITEM_REVEAL && p->has_commit && !p->has_nonce) {
            commitment(expected, p->card_id, value);
            if (!dt_equal(expected, p->their_commit, sizeof expected)) {
                dt_node_log(n, "alarm", "pairing: the nonce is not the one committed to");
                continue;
            }
            memcpy(p->their_nonce, value, sizeof value);
            p->has_nonce = true;
            p->next_us = 0;
        }
    }
    if (p->has_nonce && !p->told) {
        tell(n, p);
    }
}

size_t dt_pair_next(struct dt_node *n, const struct dt_contact *c, int64_t now_us, uint8_t *out)
{
    struct dt_pairing *p = n->pairing;
    if (p == NULL || now_us < p->next_us || memcmp(p->root, c->root, DT_PUBLIC_SIZE) != 0) {
        return 0;
    }
    struct dt_writer w = dt_writer(out, 128);
    dt_write_u8(&w, ITEM_COMMIT);
    dt_write_bytes(&w, p->commit, sizeof p->commit);
    if (p->has_commit) { /* theirs is fixed: ours may be known now */
        dt_write_u8(&w, ITEM_REVEAL);
        dt_write_bytes(&w, p->nonce, sizeof p->nonce);
    }
    p->next_us = now_us + REPEAT;
    return w.size;
}

enum dt_err dt_pair_confirm(struct dt_node *n, const uint8_t *root)
{
    struct dt_pairing *p = n->pairing;
    if (p == NULL || !p->has_nonce || memcmp(p->root, root, DT_PUBLIC_SIZE) != 0) {
        return DT_ERR_BAD_STATE;
    }
    DT_TRY(dt_link_add_card(n, dt_span(p->card, p->card_size), NULL, true));
    p->was_known = true; /* kept; the window stays open for the other side's repeats */
    return DT_OK;
}

void dt_pair_tick(struct dt_node *n, int64_t now_us)
{
    if (n->pairing != NULL && now_us >= n->pairing->until_us) {
        end(n, false);
    }
}

int64_t dt_pair_deadline(const struct dt_node *n)
{
    const struct dt_pairing *p = n->pairing;
    if (p == NULL) {
        return INT64_MAX;
    }
    return p->next_us > 0 && p->next_us < p->until_us ? p->next_us : p->until_us;
}
