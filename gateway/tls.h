/* tls.h - TLS of the second port: certificate and key, and what all its connections share */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_TLS_H
#define GATEWAY_TLS_H

#include "gateway/gateway.h"
#include "proto/base/list.h"

enum {
	TLS_RECORD = 16 * 1024, /* bytes of the largest record (RFC 8446 section 5.1) */
	TLS_IN = 32 * 1024, /* read from a socket at once */
	TLS_BATCH = 64 * 1024, /* encrypted and written at once */
};

struct ssl_ctx_st;
struct bio_method_st;

struct tls {
	struct gateway *gateway;
	struct ssl_ctx_st
		*context; /* of new connections; older ones keep the one they began with */
	struct bio_method_st *method; /* how OpenSSL gets at the areas below */
	struct timer *tickets; /* keys of session tickets are made anew when it fires */
	struct list shaking; /* pumps in their handshake, oldest first; */
	struct list pumps; /* and the others */
	/* of the connection that is being read or written; empty between two of them: */
	struct slice waiting; /* encrypted bytes that came, in `in` */
	struct buf out; /* encrypted bytes that are to go */
	char in[TLS_IN];
	char join[TLS_BATCH]; /* small pieces, before they are encrypted together */
};

/* NULL without [gateway] tls_certificate. 0, or -errno after logging why. */
int tls_new(struct gateway *gateway, struct tls **ret_tls);
void tls_free(struct tls *tls); /* clients and libwebsockets have ended; takes NULL */

/*
 * Certificate and key are read again. What is wrong with them is logged, and those before stay;
 * then the answer is -errno. Connections that are open go on. Takes NULL.
 */
int tls_reload(struct gateway *gateway, struct tls *tls);

#endif
