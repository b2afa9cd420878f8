/* tls.c - TLS of the second port: certificate and key, and what all its connections share */
/* SPDX-License-Identifier: MIT */
#include "gateway/tls.h"

#include <assert.h>
#include <errno.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>

#include "gateway/tls_files.h"
#include "gateway/tls_pump.h"
#include "gateway/tls_stream.h"
#include "proto/base/log.h"
#include "proto/base/mem.h"
#include "proto/counters.h"

enum {
	TICKET_KEYS_MAX = 128, /* bytes */
	TICKET_KEYS_MS = 12 * 3600 * 1000, /* who learns them can read no older connection */
	SESSION_SECONDS = 2 * 3600, /* in which one may be resumed */
};

/* Of TLS 1.2: keys that are forgotten, and encryption that authenticates. */
#define CIPHERS "ECDHE+AESGCM:ECDHE+CHACHA20"

/* RFC 7301: who wants something else, and says so, is refused. */
static int select_alpn(SSL *ssl, const unsigned char **ret_name, unsigned char *ret_len,
	const unsigned char *offered, unsigned offered_len, void *arg)
{
	static const unsigned char http[] = "\x08http/1.1";
	unsigned char *name;

	(void)ssl;
	(void)arg;
	if (SSL_select_next_proto(&name, ret_len, http, sizeof(http) - 1, offered, offered_len) !=
		OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*ret_name = name;
	return SSL_TLSEXT_ERR_OK;
}

/*
 * Sessions are kept by the clients, in tickets: nothing is kept here. Renegotiation lets a peer
 * make us compute; compression tells about what is compressed.
 */
static SSL_CTX *context_new(void)
{
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());
	bool ok;

	assert(context);
	ok = SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
		SSL_CTX_set_cipher_list(context, CIPHERS) == 1 &&
		SSL_CTX_set_num_tickets(context, 1) == 1;
	assert(ok);
	SSL_CTX_set_options(context,
		SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
	SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_timeout(context, SESSION_SECONDS);
	SSL_CTX_set_alpn_select_cb(context, select_alpn, NULL);
	return context;
}

static int load(const struct gateway_conf *conf, SSL_CTX **ret_context)
{
	SSL_CTX *context = context_new();
	int r = tls_files_load(context, conf->tls_certificate, conf->tls_key);

	if (r < 0)
		SSL_CTX_free(context);
	else
		*ret_context = context;
	return r;
}

static void on_tickets(void *arg)
{
	struct tls *tls = arg;
	unsigned char keys[TICKET_KEYS_MAX];
	long len = SSL_CTX_get_tlsext_ticket_keys(tls->context, NULL, 0);

	if (len > 0 && len <= TICKET_KEYS_MAX && RAND_bytes(keys, (int)len) == 1)
		SSL_CTX_set_tlsext_ticket_keys(tls->context, keys, len);
	explicit_bzero(keys, sizeof(keys));
}

int tls_new(struct gateway *gateway, struct tls **ret_tls)
{
	struct ssl_ctx_st *context;
	struct tls *tls;
	int r;

	if (!*gateway->conf->tls_certificate)
		return 0;
	r = load(gateway->conf, &context);
	if (r < 0)
		return r;
	tls = mem_alloc(sizeof(*tls));
	tls->gateway = gateway;
	tls->context = context;
	tls->method = tls_stream_method();
	list_init(&tls->shaking);
	list_init(&tls->pumps);
	tls->tickets = timer_new(gateway->loop, on_tickets, tls);
	timer_repeat(tls->tickets, TICKET_KEYS_MS);
	*ret_tls = tls;
	return 0;
}

void tls_free(struct tls *tls)
{
	if (!tls)
		return;
	tls_pumps_free(tls);
	timer_free(tls->tickets);
	buf_done(&tls->out);
	SSL_CTX_free(tls->context);
	BIO_meth_free(tls->method);
	mem_free(tls);
}

int tls_reload(struct gateway *gateway, struct tls *tls)
{
	struct ssl_ctx_st *context;
	int r;

	if (!*gateway->conf->tls_certificate == !tls)
		r = tls ? load(gateway->conf, &context) : 0;
	else
		r = -ENOTSUP;
	if (r == -ENOTSUP)
		log_error(
			"tls", "result=kept error=\"TLS is turned on and off by a restart only\"");
	else if (r < 0)
		log_error("tls", "result=kept hint=\"the certificate and key before stay in use\"");
	if (r < 0)
		counter_add(COUNTER_GATEWAY_TLS_RELOAD_FAILURES, 1);
	if (r < 0 || !tls)
		return r;
	SSL_CTX_free(tls->context);
	tls->context = context;
	return 0;
}
