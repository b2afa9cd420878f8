/* tls_files.c - a certificate and its private key, from their files to a context */
/* SPDX-License-Identifier: MIT */
#include "gateway/tls_files.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <time.h>

#include "proto/base/clock.h"
#include "proto/base/log.h"
#include "proto/base/mem.h"
#include "proto/counters.h"
#include "proto/keyfile.h"

enum {
	FILE_MAX = 256 * 1024, /* bytes; a long chain has 20 KB */
	SOON_SECONDS = 14 * 24 * 3600, /* before the end of a certificate, to be warned of it */
	DATE_SIZE = 32,
};

static char *path_of(const char *name)
{
	const char *credentials = getenv("CREDENTIALS_DIRECTORY");

	if (!credentials || !*credentials || strchr(name, '/'))
		return mem_strdup(name);
	return mem_printf("%s/%s", credentials, name);
}

/* What OpenSSL has met first. */
static const char *reason(void)
{
	unsigned long error = ERR_peek_error();
	const char *text = error ? ERR_reason_error_string(error) : NULL;

	return text ? text : "it is no PEM file of the right kind";
}

static int complain(const char *what, const char *path, const char *why)
{
	log_error(
		"tls", "%s=%s error=%s", what, log_quote(slice_of(path)), log_quote(slice_of(why)));
	ERR_clear_error();
	return -EINVAL;
}

static const char *file_problem(int error, bool private)
{
	switch (error) {
	case -ENOENT:
		return "there is no such file";
	case -ERANGE:
		return "it is empty, or larger than 256 KB";
	case -EINVAL:
		return "it is no plain file";
	default:
		return private ? keyfile_problem(error) : strerror(-error);
	}
}

/* ---- the certificate ---- */

static time_t time_of(const ASN1_TIME *when)
{
	struct tm tm;

	return ASN1_TIME_to_tm(when, &tm) == 1 ? timegm(&tm) : 0;
}

static const char *date_of(time_t when, char ret_date[DATE_SIZE])
{
	struct tm tm;

	gmtime_r(&when, &tm);
	strftime(ret_date, DATE_SIZE, "%Y-%m-%dT%H:%M:%SZ", &tm);
	return ret_date;
}

/* Clients will refuse one that is not valid now; that it is served nevertheless is said. */
static void say_validity(const X509 *certificate, const char *path)
{
	time_t now = (time_t)(clock_wall_ms() / 1000);
	time_t from = time_of(X509_get0_notBefore(certificate));
	time_t until = time_of(X509_get0_notAfter(certificate));
	char date[DATE_SIZE];

	counter_set(COUNTER_GATEWAY_TLS_EXPIRES_SECONDS, (uint64_t)until);
	if (until <= now)
		log_warn("tls", "certificate=%s expired=%s", log_quote(slice_of(path)),
			date_of(until, date));
	else if (from > now)
		log_warn("tls", "certificate=%s valid_from=%s", log_quote(slice_of(path)),
			date_of(from, date));
	else if (until - now < SOON_SECONDS)
		log_warn("tls", "certificate=%s expires_soon=%s", log_quote(slice_of(path)),
			date_of(until, date));
	else
		log_info("tls", "certificate=%s expires=%s", log_quote(slice_of(path)),
			date_of(until, date));
}

/* Those of its issuers that stand behind it. */
static bool add_chain(SSL_CTX *context, BIO *bio)
{
	X509 *issuer;

	while ((issuer = PEM_read_bio_X509(bio, NULL, NULL, NULL))) {
		if (SSL_CTX_add0_chain_cert(context, issuer) != 1) {
			X509_free(issuer);
			return false;
		}
	}
	if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
		return false;
	ERR_clear_error();
	return true;
}

static int use_certificate(SSL_CTX *context, BIO *bio, const char *path)
{
	X509 *certificate = PEM_read_bio_X509_AUX(bio, NULL, NULL, NULL);
	int r = 0;

	if (!certificate || SSL_CTX_use_certificate(context, certificate) != 1 ||
		!add_chain(context, bio))
		r = complain("certificate", path, reason());
	else
		say_validity(certificate, path);
	X509_free(certificate);
	return r;
}

static int load_certificate(SSL_CTX *context, const char *path)
{
	struct secret text = { NULL, 0 };
	int r = secret_read(path, FILE_MAX, false, &text);
	BIO *bio;

	if (r < 0) {
		(void)complain("certificate", path, file_problem(r, false));
		return r;
	}
	bio = BIO_new_mem_buf(text.bytes, (int)text.len);
	r = use_certificate(context, bio, path);
	BIO_free(bio);
	secret_done(&text);
	return r;
}

/* ---- the key ---- */

/* There is no one to ask: a key that is encrypted is refused. */
static int no_password(char *to, int size, int writing, void *arg)
{
	(void)to;
	(void)size;
	(void)writing;
	(void)arg;
	return -1;
}

static int use_key(SSL_CTX *context, BIO *bio, const char *path)
{
	EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL);
	const X509 *certificate = SSL_CTX_get0_certificate(context);
	int r = 0;

	if (!key && ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_BAD_PASSWORD_READ)
		r = complain("key", path, "it is encrypted; a key without a password is needed");
	else if (!key)
		r = complain("key", path, reason());
	else if (X509_check_private_key(certificate, key) != 1)
		r = complain("key", path, "it is not the key of the certificate");
	else if (SSL_CTX_use_PrivateKey(context, key) != 1)
		r = complain("key", path, reason());
	EVP_PKEY_free(key);
	return r;
}

static int load_key(SSL_CTX *context, const char *path)
{
	struct secret text = { NULL, 0 };
	int r = secret_read(path, FILE_MAX, true, &text);
	BIO *bio;

	if (r < 0) {
		(void)complain("key", path, file_problem(r, true));
		return r;
	}
	bio = BIO_new_mem_buf(text.bytes, (int)text.len);
	r = use_key(context, bio, path);
	BIO_free(bio);
	secret_done(&text);
	return r;
}

int tls_files_load(struct ssl_ctx_st *context, const char *certificate, const char *key)
{
	_cleanup_(mem_freep) char *certificate_path = path_of(certificate);
	_cleanup_(mem_freep) char *key_path = path_of(key);
	int r;

	ERR_clear_error();
	r = load_certificate(context, certificate_path);
	return r < 0 ? r : load_key(context, key_path);
}
