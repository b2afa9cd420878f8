/* test_tls_stream.c - TLS over a pair of sockets, with a peer that speaks it by OpenSSL */
/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/tls_stream.h"
#include "proto/base/mem.h"
#include "proto/counters.h"

enum { LARGE = 1 << 20 };

/* Both ends: ours is a stream, the peer's an SSL that does what it does through memory. */
struct ends {
	struct tls tls;
	struct tls_stream *stream;
	SSL_CTX *peer_context;
	SSL *peer;
	BIO *to_peer, *from_peer;
	int fd, peer_fd;
	char read[GATEWAY_READ];
};

static void use_certificate(SSL_CTX *context)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *certificate = X509_new();

	ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
	X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
	X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
	X509_set_pubkey(certificate, key);
	assert_true(X509_sign(certificate, key, EVP_sha256()) > 0);
	assert_int_equal(SSL_CTX_use_certificate(context, certificate), 1);
	assert_int_equal(SSL_CTX_use_PrivateKey(context, key), 1);
	X509_free(certificate);
	EVP_PKEY_free(key);
}

static struct ends *ends_new(int version)
{
	struct ends *ends = mem_alloc(sizeof(*ends));
	int pair[2], small = 4096;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
	ends->fd = pair[0];
	ends->peer_fd = pair[1];
	assert_int_equal(setsockopt(ends->fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small)), 0);
	ends->tls.context = SSL_CTX_new(TLS_server_method());
	ends->tls.method = tls_stream_method();
	use_certificate(ends->tls.context);
	ends->stream = tls_stream_new(&ends->tls, ends->fd);
	ends->peer_context = SSL_CTX_new(TLS_client_method());
	SSL_CTX_set_max_proto_version(ends->peer_context, version);
	ends->peer = SSL_new(ends->peer_context);
	ends->to_peer = BIO_new(BIO_s_mem());
	ends->from_peer = BIO_new(BIO_s_mem());
	SSL_set_bio(ends->peer, ends->to_peer, ends->from_peer);
	SSL_set_connect_state(ends->peer);
	return ends;
}

static void ends_free(struct ends *ends)
{
	tls_stream_free(ends->stream);
	buf_done(&ends->tls.out);
	SSL_CTX_free(ends->tls.context);
	BIO_meth_free(ends->tls.method);
	SSL_free(ends->peer);
	SSL_CTX_free(ends->peer_context);
	close(ends->fd);
	if (ends->peer_fd >= 0)
		close(ends->peer_fd);
	mem_free(ends);
}

/* What has been sent to the peer gets to it; how much. */
static size_t to_peer(struct ends *ends)
{
	char bytes[4096];
	size_t total = 0;
	ssize_t n;

	while ((n = read(ends->peer_fd, bytes, sizeof(bytes))) > 0) {
		assert_int_equal(BIO_write(ends->to_peer, bytes, (int)n), n);
		total += (size_t)n;
	}
	return total;
}

/* What the peer has said comes, cut after each `piece` bytes. The last that read() gave. */
static ssize_t from_peer(struct ends *ends, size_t piece, struct buf *out)
{
	char bytes[4096];
	ssize_t got = -EAGAIN;
	int n;

	if (piece > sizeof(bytes))
		piece = sizeof(bytes);
	while ((n = BIO_read(ends->from_peer, bytes, (int)piece)) > 0) {
		assert_int_equal(write(ends->peer_fd, bytes, (size_t)n), n);
		got = tls_stream_read(ends->stream, ends->read, TLS_IN);
		if (got > 0)
			buf_add(out, ends->read, (size_t)got);
	}
	return got;
}

static void shake(struct ends *ends, size_t piece)
{
	struct buf none = { .cap = 0 };

	for (int i = 0;
		i < 10 && !(SSL_is_init_finished(ends->peer) && tls_stream_is_open(ends->stream));
		i++) {
		SSL_do_handshake(ends->peer);
		from_peer(ends, piece, &none);
		tls_stream_flush(ends->stream);
		to_peer(ends);
	}
	assert_true(tls_stream_is_open(ends->stream));
	assert_int_equal(none.len, 0);
}

static int say(struct ends *ends, const char *text, size_t len)
{
	struct iovec iov = { (void *)text, len };
	size_t taken;
	int r = tls_stream_write(ends->stream, &iov, 1, &taken);

	assert_int_equal(taken,
		r == -EPIPE || r == -EPROTO ? 0
			: len < TLS_BATCH   ? len
					    : TLS_BATCH);
	return r;
}

static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };

/* Handshake and messages, cut everywhere. */
static void cut_anywhere(void **state)
{
	(void)state;
	for (size_t v = 0; v < 2; v++) {
		for (size_t piece = 1; piece < 1200; piece = piece * 3 / 2 + 1) {
			struct ends *ends = ends_new(versions[v]);
			_cleanup_(buf_done) struct buf heard = { .cap = 0 };
			char answer[16];

			shake(ends, piece);
			SSL_write(ends->peer, "hello ", 6);
			SSL_write(ends->peer, "there", 5);
			from_peer(ends, piece, &heard);
			assert_true(slice_eq(buf_slice(&heard), SLICE("hello there")));
			assert_int_equal(say(ends, "hi", 2), 0);
			to_peer(ends);
			assert_int_equal(SSL_read(ends->peer, answer, sizeof(answer)), 2);
			assert_false(tls_stream_is_over(ends->stream));
			ends_free(ends);
		}
	}
}

/* The first message in one piece with the end of the handshake, and the end with the last one. */
static void all_at_once(void **state)
{
	struct ends *ends = ends_new(TLS1_3_VERSION);
	_cleanup_(buf_done) struct buf heard = { .cap = 0 };

	(void)state;
	SSL_do_handshake(ends->peer);
	from_peer(ends, 4096, &heard);
	to_peer(ends);
	SSL_do_handshake(ends->peer);
	SSL_write(ends->peer, "first", 5);
	SSL_shutdown(ends->peer);
	assert_int_equal(from_peer(ends, 4096, &heard), 5);
	assert_true(slice_eq(buf_slice(&heard), SLICE("first")));
	assert_true(tls_stream_is_over(ends->stream));
	assert_int_equal(tls_stream_read(ends->stream, ends->read, TLS_IN), 0);
	/* the other half is still open */
	assert_int_equal(say(ends, "bye", 3), 0);
	ends_free(ends);
}

static void pieces_are_joined(void **state)
{
	struct ends *ends = ends_new(TLS1_3_VERSION);
	struct iovec iov[] = { { (void *)"ab", 2 }, { (void *)"", 0 }, { (void *)"cde", 3 } };
	size_t taken, len;
	char answer[16];

	(void)state;
	shake(ends, 4096);
	assert_int_equal(tls_stream_write(ends->stream, iov, 3, &taken), 0);
	assert_int_equal(taken, 5);
	len = to_peer(ends);
	assert_in_range(len, 5 + 16, 5 + 32); /* one record */
	assert_int_equal(SSL_read(ends->peer, answer, sizeof(answer)), 5);
	assert_memory_equal(answer, "abcde", 5);
	ends_free(ends);
}

/* The socket takes little: what it does not take waits, and arrives whole and in order. */
static void a_slow_peer(void **state)
{
	struct ends *ends = ends_new(TLS1_3_VERSION);
	char *sent = mem_alloc(LARGE), *got = mem_alloc(LARGE);
	size_t at = 0, heard = 0;

	(void)state;
	shake(ends, 4096);
	for (size_t i = 0; i < LARGE; i++)
		sent[i] = (char)(i * 7 + i / 251);
	while (heard < LARGE) {
		int n;

		while (at < LARGE && tls_stream_flush(ends->stream) == 0) {
			size_t len = LARGE - at < 50000 ? LARGE - at : 50000;

			(void)say(ends, sent + at, len);
			at += len;
		}
		if (at < LARGE)
			assert_true(tls_stream_waits(ends->stream));
		assert_true(to_peer(ends) > 0);
		while ((n = SSL_read(ends->peer, got + heard, (int)(LARGE - heard))) > 0)
			heard += (size_t)n;
		(void)tls_stream_flush(ends->stream);
	}
	assert_memory_equal(sent, got, LARGE);
	mem_free(sent);
	mem_free(got);
	ends_free(ends);
}

/* TLS answers each of these; who reads no answer does not make us keep them for ever. */
static void a_peer_that_wants_keys_and_reads_none(void **state)
{
	struct ends *ends = ends_new(TLS1_3_VERSION);
	struct buf none = { .cap = 0 };
	int i = 0;

	(void)state;
	shake(ends, 4096);
	while (!tls_stream_is_over(ends->stream) && i++ < 100000) {
		char byte = 0;

		SSL_key_update(ends->peer, SSL_KEY_UPDATE_REQUESTED);
		SSL_do_handshake(ends->peer);
		from_peer(ends, 4096, &none);
		(void)say(ends, &byte, 1);
	}
	assert_true(tls_stream_is_over(ends->stream));
	assert_int_equal(say(ends, "x", 1), -EPIPE);
	assert_int_equal(tls_stream_flush(ends->stream), -EPIPE);
	ends_free(ends);
}

static void goodbye(void **state)
{
	struct ends *ends = ends_new(TLS1_3_VERSION);
	char answer[16];

	(void)state;
	shake(ends, 4096);
	assert_int_equal(say(ends, "last", 4), 0);
	tls_stream_end(ends->stream);
	to_peer(ends);
	assert_int_equal(SSL_read(ends->peer, answer, sizeof(answer)), 4);
	assert_int_equal(SSL_read(ends->peer, answer, sizeof(answer)), 0);
	assert_int_equal(SSL_get_shutdown(ends->peer), SSL_RECEIVED_SHUTDOWN);
	assert_int_equal(read(ends->peer_fd, answer, sizeof(answer)), 0);
	ends_free(ends);
}

static void garbage(void **state)
{
	static const struct {
		const char *text;
		bool plain;
	} rows[] = { { "GET / HTTP/1.1\r\n\r\n", true }, { "POST / HTTP/1.1\r\n\r\n", true },
		{ "SSH-2.0-x\r\n", false }, { "\x16\x03\x01xxxx", false } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct ends *ends = ends_new(TLS1_3_VERSION);
		uint64_t failed = counter_get(COUNTER_GATEWAY_TLS_FAILED);
		size_t len = strlen(rows[i].text);

		assert_int_equal(write(ends->peer_fd, rows[i].text, len), len);
		assert_int_equal(tls_stream_read(ends->stream, ends->read, TLS_IN), -EPROTO);
		assert_true(tls_stream_is_plain(ends->stream) == rows[i].plain);
		assert_int_equal(tls_stream_read(ends->stream, ends->read, TLS_IN), -EPROTO);
		ends_free(ends);
		assert_int_equal(counter_get(COUNTER_GATEWAY_TLS_FAILED), failed + 1);
	}
	assert_int_equal(counter_get(COUNTER_GATEWAY_TLS_CONNECTIONS), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cut_anywhere),
		cmocka_unit_test(all_at_once),
		cmocka_unit_test(pieces_are_joined),
		cmocka_unit_test(a_slow_peer),
		cmocka_unit_test(a_peer_that_wants_keys_and_reads_none),
		cmocka_unit_test(goodbye),
		cmocka_unit_test(garbage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
