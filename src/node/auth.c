/* SPDX-License-Identifier: ISC */
#include "node/auth.h"

#include <string.h>

#include "cbor/cbor.h"
#include "log/fields.h"

static const char label[] = "detente/1/control"; /* with its NUL */

enum { CALL_MS = 30000, MESSAGE_SIZE = sizeof label + sizeof(struct dt_auth) };

static struct dt_span message_of(uint8_t out[static MESSAGE_SIZE], const struct dt_auth *auth)
{
    struct dt_writer w = dt_writer(out, MESSAGE_SIZE);
    dt_write_bytes(&w, label, sizeof label);
    dt_write_bytes(&w, auth->challenge, DT_CHALLENGE_SIZE);
    dt_write_bytes(&w, auth->root, DT_PUBLIC_SIZE);
    dt_write_bytes(&w, auth->writer, DT_PUBLIC_SIZE);
    return dt_written(&w);
}

void dt_auth_sign(uint8_t signature[static DT_SIGNATURE_SIZE], const struct dt_auth *auth,
                  const uint8_t signer[static DT_SIGNER_SIZE])
{
    uint8_t message[MESSAGE_SIZE];
    dt_sign(signature, message_of(message, auth), signer);
}

bool dt_auth_verify(const uint8_t signature[static DT_SIGNATURE_SIZE], const struct dt_auth *auth,
                    const uint8_t key[static DT_PUBLIC_SIZE])
{
    uint8_t message[MESSAGE_SIZE];
    return dt_verify(signature, message_of(message, auth), key);
}

enum dt_err dt_client_auth(struct dt_client *c, const struct dt_home *home,
                           const uint8_t challenge[static DT_CHALLENGE_SIZE], unsigned number,
                           const uint8_t signer[static DT_SIGNER_SIZE])
{
    uint8_t bytes[DT_STATEMENT_MAX], signature[DT_SIGNATURE_SIZE];
    size_t size = 0;
    struct dt_certificate certificate;
    struct dt_auth auth;
    struct dt_object o;
    DT_TRY(dt_home_certificate(home, bytes, &size, &certificate));
    memcpy(auth.challenge, challenge, DT_CHALLENGE_SIZE);
    memcpy(auth.root, home->root, DT_PUBLIC_SIZE);
    memcpy(auth.writer, certificate.writer, DT_PUBLIC_SIZE);
    dt_auth_sign(signature, &auth, signer);
    dt_client_begin(c, &o, "auth");
    dt_obj_key(&o, "number");
    dt_obj_uint(&o, number);
    dt_obj_key(&o, "signature");
    dt_obj_bytes(&o, dt_span(signature, sizeof signature));
    return dt_client_call(c, &o, CALL_MS);
}

enum dt_err dt_client_greet(struct dt_client *c, const struct dt_home *home,
                            const struct dt_officer_key *officer)
{
    struct dt_object o;
    dt_client_begin(c, &o, "hello");
    DT_TRY(dt_client_call(c, &o, CALL_MS));
    struct dt_cbor field = dt_cbor_need_text(c->reply, "challenge");
    const struct dt_span challenge = dt_cbor_bytes(&field, DT_CHALLENGE_SIZE, DT_CHALLENGE_SIZE);
    DT_TRY(dt_cbor_error(&field));
    return dt_client_auth(c, home, challenge.data, officer->number, officer->signer);
}
