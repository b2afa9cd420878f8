/* tls_stream.c - what one connection reads and writes, through TLS */
/* SPDX-License-Identifier: MIT */
#include "gateway/tls_stream.h"

#include <assert.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include "proto/base/log.h"
#include "proto/base/mem.h"
#include "proto/counters.h"

/*
 * What may wait beyond a batch: TLS answers for itself, and a peer that makes it do so and does not
 * read is cut off.
 */
enum { UNSENT_MAX = 4 * TLS_BATCH };

static_assert((int)GATEWAY_READ >= TLS_IN + TLS_RECORD, "what is decrypted has room");

struct tls_stream {
	struct tls *tls;
	SSL *ssl;
	struct buf unsent; /* encrypted; the socket has not taken it */
	size_t counted; /* of it, in the gauge gateway_memory_bytes */
	int fd;
	bool open;
	bool over; /* the peer has said that nothing follows, or it is broken */
	bool broken;
	bool plain;
	bool ended; /* we have said that nothing follows */
};

/* ---- OpenSSL's side: the areas of struct tls ---- */

static int on_bio_read(BIO *bio, char *to, int size)
{
	struct tls *tls = BIO_get_data(bio);
	size_t len = tls->waiting.len < (size_t)size ? tls->waiting.len : (size_t)size;

	BIO_clear_retry_flags(bio);
	if (len == 0) {
		BIO_set_retry_read(bio);
		return -1;
	}
	memcpy(to, tls->waiting.ptr, len);
	tls->waiting = slice_make(tls->waiting.ptr + len, tls->waiting.len - len);
	return (int)len;
}

static int on_bio_write(BIO *bio, const char *from, int size)
{
	struct tls *tls = BIO_get_data(bio);

	BIO_clear_retry_flags(bio);
	buf_add(&tls->out, from, (size_t)size);
	return size;
}

static long on_bio_ctrl(BIO *bio, int command, long number, void *arg)
{
	(void)bio;
	(void)number;
	(void)arg;
	return command == BIO_CTRL_FLUSH;
}

struct bio_method_st *tls_stream_method(void)
{
	BIO_METHOD *method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "atrium");

	assert(method);
	BIO_meth_set_read(method, on_bio_read);
	BIO_meth_set_write(method, on_bio_write);
	BIO_meth_set_ctrl(method, on_bio_ctrl);
	return method;
}

struct tls_stream *tls_stream_new(struct tls *tls, int fd)
{
	struct tls_stream *stream = mem_alloc(sizeof(*stream));
	BIO *bio = BIO_new(tls->method);

	stream->tls = tls;
	stream->fd = fd;
	stream->ssl = SSL_new(tls->context);
	assert(bio && stream->ssl);
	BIO_set_data(bio, tls);
	BIO_set_init(bio, 1);
	SSL_set_bio(stream->ssl, bio, bio);
	SSL_set_accept_state(stream->ssl);
	counter_add(COUNTER_GATEWAY_TLS_CONNECTIONS, 1);
	return stream;
}

static void count(struct tls_stream *stream)
{
	counter_add(COUNTER_GATEWAY_MEMORY_BYTES, stream->unsent.cap);
	counter_sub(COUNTER_GATEWAY_MEMORY_BYTES, stream->counted);
	stream->counted = stream->unsent.cap;
}

static void break_off(struct tls_stream *stream)
{
	unsigned long error = ERR_peek_error();
	const char *text = error ? ERR_reason_error_string(error) : NULL;

	log_debug("tls", "open=%s error=%s", stream->open ? "yes" : "no",
		log_quote(slice_of(text ? text : "the connection is broken")));
	stream->plain = !stream->open && ERR_GET_REASON(error) == SSL_R_HTTP_REQUEST;
	stream->broken = stream->over = true;
	buf_done(&stream->unsent);
	count(stream);
	ERR_clear_error();
}

/* ---- writing ---- */

/* Bytes that the socket took; -EAGAIN: none now. */
static ssize_t put(const struct tls_stream *stream, const struct buf *bytes)
{
	ssize_t n = send(stream->fd, bytes->data, bytes->len, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n >= 0)
		return n;
	return errno == EINTR || errno == EWOULDBLOCK ? -EAGAIN : -errno;
}

/* What OpenSSL has just written. */
static int put_out(struct tls_stream *stream)
{
	struct buf *out = &stream->tls->out;
	size_t sent = 0;
	ssize_t n;
	int r = 0;

	if (out->len && stream->unsent.len == 0) {
		n = put(stream, out);
		sent = n > 0 ? (size_t)n : 0;
		r = n < 0 && n != -EAGAIN ? (int)n : 0;
	}
	if (r == 0)
		buf_add(&stream->unsent, out->data + sent, out->len - sent);
	if (stream->unsent.len > UNSENT_MAX)
		r = -ENOBUFS;
	buf_clear(out);
	count(stream);
	if (r < 0)
		break_off(stream);
	return r < 0 ? r : stream->unsent.len ? -EAGAIN : 0;
}

int tls_stream_flush(struct tls_stream *stream)
{
	ssize_t n;

	if (stream->broken)
		return -EPIPE;
	if (stream->unsent.len == 0)
		return 0;
	n = put(stream, &stream->unsent);
	if (n < 0 && n != -EAGAIN) {
		break_off(stream);
		return (int)n;
	}
	buf_drop(&stream->unsent, n > 0 ? (size_t)n : 0);
	buf_shrink(&stream->unsent, stream->unsent.len ? SIZE_MAX : 0);
	count(stream);
	return stream->unsent.len ? -EAGAIN : 0;
}

size_t tls_stream_waits(const struct tls_stream *stream)
{
	return stream->unsent.len;
}

/* One piece is taken from where it stands; several are copied together: one record for all. */
static struct slice join(struct tls *tls, const struct iovec *iov, int count)
{
	size_t len = 0;

	if (count == 1)
		return slice_make(
			iov->iov_base, iov->iov_len < TLS_BATCH ? iov->iov_len : (size_t)TLS_BATCH);
	for (int i = 0; i < count && len < TLS_BATCH; i++) {
		size_t room = TLS_BATCH - len;
		size_t take = iov[i].iov_len < room ? iov[i].iov_len : room;

		memcpy(tls->join + len, iov[i].iov_base, take);
		len += take;
	}
	return slice_make(tls->join, len);
}

int tls_stream_write(
	struct tls_stream *stream, const struct iovec *iov, int count, size_t *ret_taken)
{
	struct slice bytes = join(stream->tls, iov, count);
	size_t n;

	assert(stream->open);
	*ret_taken = 0;
	if (stream->broken)
		return -EPIPE;
	ERR_clear_error();
	/* our end of it takes all, so this is all or nothing */
	if (bytes.len &&
		(SSL_write_ex(stream->ssl, bytes.ptr, bytes.len, &n) != 1 || n != bytes.len)) {
		break_off(stream);
		buf_clear(&stream->tls->out);
		return -EPROTO;
	}
	*ret_taken = bytes.len;
	return put_out(stream);
}

void tls_stream_end(struct tls_stream *stream)
{
	if (stream->broken)
		return;
	if (stream->open && !stream->ended) {
		stream->ended = true;
		ERR_clear_error();
		(void)SSL_shutdown(stream->ssl);
		(void)put_out(stream);
	}
	if (stream->unsent.len == 0)
		shutdown(stream->fd, SHUT_WR);
}

/* Not to a peer that does not read: half of what waits could not be told from all. */
static void say_goodbye(struct tls_stream *stream)
{
	if (!stream->open || stream->ended || stream->broken || stream->unsent.len)
		return;
	ERR_clear_error();
	(void)SSL_shutdown(stream->ssl);
	(void)put_out(stream);
}

void tls_stream_free(struct tls_stream *stream)
{
	if (!stream)
		return;
	say_goodbye(stream);
	counter_add(COUNTER_GATEWAY_TLS_FAILED, !stream->open);
	counter_sub(COUNTER_GATEWAY_TLS_CONNECTIONS, 1);
	buf_done(&stream->unsent);
	count(stream);
	SSL_free(stream->ssl);
	mem_free(stream);
}

/* ---- reading ---- */

/* All that can be made of what came. */
static size_t decrypt(struct tls_stream *stream, char *to)
{
	size_t total = 0, n;
	int ok, error;

	ERR_clear_error();
	while ((ok = SSL_read_ex(stream->ssl, to + total, GATEWAY_READ - total, &n)) == 1)
		total += n;
	error = SSL_get_error(stream->ssl, ok);
	if (!stream->open && SSL_is_init_finished(stream->ssl)) {
		stream->open = true;
		counter_add(COUNTER_GATEWAY_TLS_HANDSHAKES, 1);
	}
	if (error == SSL_ERROR_ZERO_RETURN)
		stream->over = true;
	else if (error != SSL_ERROR_WANT_READ)
		stream->over = stream->broken = true;
	return total;
}

ssize_t tls_stream_read(struct tls_stream *stream, char *to, size_t most)
{
	struct tls *tls = stream->tls;
	size_t len;
	ssize_t n;

	if (stream->over)
		return stream->broken ? -EPROTO : 0;
	n = recv(
		stream->fd, tls->in, most < sizeof(tls->in) ? most : sizeof(tls->in), MSG_DONTWAIT);
	if (n == 0)
		stream->over = true;
	if (n <= 0)
		return n == 0 ? 0 : errno == EINTR || errno == EWOULDBLOCK ? -EAGAIN : -errno;
	tls->waiting = slice_make(tls->in, (size_t)n);
	len = decrypt(stream, to);
	tls->waiting = slice_of(NULL);
	(void)put_out(stream); /* the handshake's answers, or an alert that says why not */
	if (stream->broken)
		break_off(stream);
	if (len)
		return (ssize_t)len;
	return stream->broken ? -EPROTO : stream->over ? 0 : -EAGAIN;
}

bool tls_stream_is_open(const struct tls_stream *stream)
{
	return stream->open;
}

bool tls_stream_is_over(const struct tls_stream *stream)
{
	return stream->over;
}

bool tls_stream_is_plain(const struct tls_stream *stream)
{
	return stream->plain;
}
