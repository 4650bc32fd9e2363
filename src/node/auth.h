/* SPDX-License-Identifier: ISC */
/*
 * auth - who speaks over the control socket (docs/control.md, "Roles").
 *
 * Access to the socket is not a role. The node gives each connection a challenge; who
 * wants more than to look signs it with an officer's key (or the root's, for set-up) and
 * the connection then has that role, for a watch at most. The signature covers the home's
 * root and this installation's writer key, so it is good for one node; the challenge is
 * used once, so it is good for one connection, once.
 *
 * Client and node share this; the node's side is role.c.
 */
#ifndef DT_NODE_AUTH_H
#define DT_NODE_AUTH_H

#include "node/home.h"
#include "node/wire.h"

enum { DT_CHALLENGE_SIZE = 32 };

/* What is signed: label, challenge, root of the party, writer key of the node. */
struct dt_auth {
    uint8_t challenge[DT_CHALLENGE_SIZE];
    uint8_t root[DT_PUBLIC_SIZE];
    uint8_t writer[DT_PUBLIC_SIZE];
};

void dt_auth_sign(uint8_t signature[static DT_SIGNATURE_SIZE], const struct dt_auth *auth,
                  const uint8_t signer[static DT_SIGNER_SIZE]);
DT_MUST_USE bool dt_auth_verify(const uint8_t signature[static DT_SIGNATURE_SIZE],
                                const struct dt_auth *auth,
                                const uint8_t key[static DT_PUBLIC_SIZE]);

/* Signs the challenge that `hello` gave on this connection, as officer `number` or, for 0,
 * as the root. Which node it is for is read from the home, never from the socket.
 * AUTH_FAILED, REVOKED: the node's answer; what dt_home_certificate() gives. */
DT_MUST_USE enum dt_err dt_client_auth(struct dt_client *c, const struct dt_home *home,
                                       const uint8_t challenge[static DT_CHALLENGE_SIZE],
                                       unsigned number,
                                       const uint8_t signer[static DT_SIGNER_SIZE]);
/* `hello`, then the above, for a client that needs nothing else of hello. */
DT_MUST_USE enum dt_err dt_client_greet(struct dt_client *c, const struct dt_home *home,
                                        const struct dt_officer_key *officer);

#endif
