/* SPDX-License-Identifier: ISC */
/* Other installations, of our peers or our own, that no card names: known by their logs alone. */
#include <string.h>

#include "log/fields.h"
#include "log/statement.h"
#include "node/state.h"

struct card_search {
    const uint8_t *root;
    struct dt_card *card;
    uint8_t psk[32];
    bool quantum, found;
};

static bool look_at_card(void *ctx, const struct dt_store_peer *peer)
{
    struct card_search *search = ctx;
    struct dt_statement s;
    if (memcmp(peer->root, search->root, DT_PUBLIC_SIZE) != 0) {
        return true;
    }
    search->found = dt_statement_decode(&s, peer->card) == DT_OK &&
                    dt_card_decode(search->card, &s) == DT_OK;
    search->quantum = (peer->flags & DT_PEER_QUANTUM) != 0;
    memcpy(search->psk, peer->psk, sizeof search->psk);
    return false;
}

static enum dt_err look_at_own_card(struct dt_node *n, struct card_search *search)
{
    static _Thread_local uint8_t bytes[DT_STATEMENT_MAX];
    size_t size = 0;
    DT_TRY(dt_home_card(&n->home, bytes, &size, search->card));
    dt_link_pair_key(search->psk, search->root, search->root, NULL);
    search->found = true;
    return DT_OK;
}

/* A writer whose root's card we have, but with a session key that the card does not name:
 * a restored or second installation. It is reached as its party is. */
static enum dt_err add_successor(struct dt_node *n, struct dt_line *line, uint16_t wid)
{
    static _Thread_local struct dt_card card;
    struct dt_stored record;
    struct dt_body_open open;
    struct dt_statement s;
    struct dt_certificate certificate;
    struct card_search search = {.root = line->charter->members[dt_wid_member(wid)].root,
                                 .card = &card};
    if (!line->sync.host.get(line, wid, 0, &record) ||
        dt_body_open_decode(&open, record.body) != DT_OK ||
        dt_statement_decode(&s, open.certificate) != DT_OK ||
        dt_certificate_decode(&certificate, &s) != DT_OK ||
        memcmp(s.signer, search.root, DT_PUBLIC_SIZE) != 0) {
        return DT_OK;
    }
    enum dt_err err = dt_wid_member(wid) != line->me
                          ? dt_store_peer_list(n->store, look_at_card, &search)
                          : look_at_own_card(n, &search);
    if (err == DT_OK && search.found) {
        dt_node_log(n, "info", "new installation %s.%u", card.code, certificate.number);
        err = dt_link_add_contact(n, &card, &certificate, search.psk, search.quantum);
        err = err == DT_OK ? dt_line_add_peers(line) : err;
    }
    dt_wipe(search.psk, sizeof search.psk);
    return err;
}

enum dt_err dt_link_check_numbers(struct dt_node *n, const struct dt_card *card)
{
    for (size_t i = 0; i < n->line_count; i++) {
        const int member = dt_charter_find_root(n->lines[i]->charter, card->root);
        for (size_t k = 0; k < card->certificate_count && member >= 0; k++) {
            const struct dt_certificate *c = &card->certificates[k];
            const uint16_t wid = dt_wid((unsigned)member, c->number);
            const struct dt_line_writer *w = dt_line_writer(n->lines[i], wid, false);
            if (w != NULL && memcmp(w->log.writer, c->writer, DT_PUBLIC_SIZE) != 0) {
                dt_node_log(n, "error", "two installations %s.%u", card->code, c->number);
                return DT_ERR_NUMBER_TAKEN;
            }
        }
    }
    return DT_OK;
}

/* Once for every writer that is new. */
void dt_link_add_successors(struct dt_node *n)
{
    size_t writers = 0;
    for (size_t i = 0; i < n->line_count; i++) {
        for (size_t k = 0; k < n->lines[i]->sync.log_count; k++) {
            writers += n->lines[i]->sync.logs[k]->durable > 0;
        }
    }
    if (writers == n->writers_looked_at) {
        return;
    }
    n->writers_looked_at = writers;
    for (size_t i = 0; i < n->line_count; i++) {
        struct dt_line *line = n->lines[i];
        for (size_t k = 0; k < line->writer_count; k++) {
            const struct dt_line_writer *w = line->writers[k];
            if (w->wid != line->wid && !w->in_doubt &&
                dt_contact_of(n, line, w->wid) == NULL &&
                add_successor(n, line, w->wid) != DT_OK) {
                dt_node_log(n, "error", "a new installation cannot be reached");
            }
        }
    }
}

static bool is_revoked(struct dt_node *n, const struct dt_contact *c)
{
    for (size_t i = 0; i < n->line_count; i++) {
        const int member = dt_charter_find_root(n->lines[i]->charter, c->root);
        const struct dt_line_writer *w =
            member >= 0 ? dt_line_writer(n->lines[i], dt_wid((unsigned)member, c->number), false)
                        : NULL;
        if (w != NULL && w->in_doubt) {
            return true;
        }
    }
    return false;
}

void dt_link_drop_revoked(struct dt_node *n)
{
    if (!n->drop_revoked) {
        return;
    }
    n->drop_revoked = false;
    for (size_t i = 0; i < n->contact_count;) {
        if (is_revoked(n, &n->contacts[i])) {
            dt_node_log(n, "alarm", "sessions of %s.%u are refused: its key was revoked",
                        n->contacts[i].code, n->contacts[i].number);
            dt_link_remove(n, i);
        } else {
            i++;
        }
    }
}
