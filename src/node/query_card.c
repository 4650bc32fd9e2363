/* SPDX-License-Identifier: ISC */
/* What a party's card says beside keys (docs/control.md: peer). */
#include <string.h>

#include "log/statement.h"
#include "node/query.h"

struct card_wanted {
    const uint8_t *root;
    struct dt_card *card;
    bool found;
};

static bool take_card(void *ctx, const struct dt_store_peer *peer)
{
    struct card_wanted *wanted = ctx;
    struct dt_statement statement;
    if (memcmp(peer->root, wanted->root, DT_PUBLIC_SIZE) == 0) {
        wanted->found = dt_statement_decode(&statement, peer->card) == DT_OK &&
                        dt_card_decode(wanted->card, &statement) == DT_OK;
        return false;
    }
    return true;
}

/* Telephones and frequencies: the way back when the line is down. */
void dt_query_contacts(struct dt_node *n, struct dt_object *o, const uint8_t *root)
{
    static _Thread_local struct dt_card card;
    struct card_wanted wanted = {root, &card, false};
    dt_obj_key(o, "contacts");
    dt_obj_array(o);
    if (dt_store_peer_list(n->store, take_card, &wanted) == DT_OK && wanted.found) {
        for (size_t i = 0; i < card.contact_count; i++) {
            dt_obj_map(o);
            dt_put_string(o, "kind", card.contacts[i].kind);
            dt_put_string(o, "text", card.contacts[i].text);
            dt_obj_end(o);
        }
    }
    dt_obj_end(o);
}
