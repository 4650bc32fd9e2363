/* SPDX-License-Identifier: ISC */
/* A running home into a folder: what dt_restore() goes on from. */
#include <string.h>

#include "log/fields.h"
#include "node/query.h"
#include "node/succession.h"

enum dt_err dt_backup(struct dt_node *n, const char *path)
{
    char db[DT_HOME_PATH_SIZE];
    struct dt_home copy = n->home;
    if (strlen(path) + 16 > sizeof copy.path) {
        return DT_ERR_TOO_LARGE;
    }
    memset(copy.path, 0, sizeof copy.path);
    memcpy(copy.path, path, strlen(path));
    dt_node_commit(n);
    enum dt_err err = dt_home_copy(&n->home, path, true);
    if (err == DT_ERR_HOME_EXISTS) {
        return DT_ERR_DUPLICATE; /* whatever is there is not ours to remove */
    }
    err = err == DT_OK ? dt_home_file(db, &copy, "detente.db") : err;
    err = err == DT_OK ? dt_store_backup(n->store, db) : err;
    err = err == DT_OK ? dt_home_establish(&copy) : err;
    if (err != DT_OK) {
        dt_home_discard(path);
    }
    return err;
}

enum dt_err dt_backup_request(struct dt_node *n, struct dt_client_state *client, uint64_t re,
                              struct dt_span request)
{
    char path[DT_HOME_PATH_SIZE];
    struct dt_object o;
    const uint64_t id = client->id;
    struct dt_cbor c = dt_cbor_need_text(request, "path");
    const struct dt_span text = dt_cbor_text(&c, sizeof path - 1);
    DT_TRY(dt_cbor_error(&c));
    memcpy(path, text.data, text.size);
    path[text.size] = '\0';
    if (path[0] != '/' || strlen(path) != text.size) {
        return DT_ERR_USAGE; /* the node's folder is not the client's */
    }
    DT_TRY(dt_backup(n, path));
    client = dt_control_client(n, id);
    if (client != NULL) {
        dt_reply_begin(&o, re);
        dt_obj_end(&o);
        dt_control_send(n, client, &o);
    }
    return DT_OK;
}

enum dt_err dt_store_may_run(struct dt_store *store)
{
    uint8_t mark[8];
    size_t size = 0;
    const enum dt_err err = dt_store_meta_get(store, DT_STORE_META_COPY, mark, sizeof mark, &size);
    return err == DT_ERR_UNKNOWN_RECORD ? DT_OK : err == DT_OK ? DT_ERR_BAD_STATE : err;
}
