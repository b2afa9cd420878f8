/* tls_stream.h - what one connection reads and writes, through TLS */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_TLS_STREAM_H
#define GATEWAY_TLS_STREAM_H

#include <sys/types.h>
#include <sys/uio.h>

#include "gateway/tls.h"

/*
 * OpenSSL never sees the socket. What one recv() brings is decrypted whole, so nothing ever waits
 * inside that the loop does not know of; what is encrypted is sent with one send(), and what the
 * socket does not take waits here, as bytes of the connection: nothing is ever written twice.
 */
struct tls_stream;

/* The handshake is done by reading. The socket stays the caller's, and outlives the stream. */
struct tls_stream *tls_stream_new(struct tls *tls, int fd);
void tls_stream_free(struct tls_stream *stream); /* says goodbye, if it still can; takes NULL */

bool tls_stream_is_open(const struct tls_stream *stream); /* the handshake is done */
/* The peer has ended it, or broken it: what was read is all. */
bool tls_stream_is_over(const struct tls_stream *stream);
bool tls_stream_is_plain(const struct tls_stream *stream); /* it began as plain HTTP */

/*
 * Reads at most TLS_IN bytes, or `most` if that is less, and writes what is in them to `to`, which
 * has room for GATEWAY_READ. How much that is; 0: the peer has ended it; -EAGAIN: nothing now; else
 * it is broken.
 */
ssize_t tls_stream_read(struct tls_stream *stream, char *to, size_t most);

/*
 * So much of the pieces as makes a batch is taken (ret_taken), and written. 0; -EAGAIN: some of it
 * waits in the stream, which holds no more than a few batches; else it is broken.
 */
int tls_stream_write(
	struct tls_stream *stream, const struct iovec *iov, int count, size_t *ret_taken);
int tls_stream_flush(struct tls_stream *stream); /* 0: nothing waits; else as above */
size_t tls_stream_waits(const struct tls_stream *stream); /* so many bytes */

/* Tells the peer that nothing follows, when nothing waits any more; flush() until then. */
void tls_stream_end(struct tls_stream *stream);

struct bio_method_st *tls_stream_method(void); /* for tls.c */

#endif
