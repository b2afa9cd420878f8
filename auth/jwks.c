/* jwks.c - keys in the form of RFC 7517 */
/* SPDX-License-Identifier: MIT */
#include "auth/jwks.h"

#include <errno.h>
#include <jansson.h>

#include "auth/base64url.h"
#include "proto/base/mem.h"
#include "proto/base/utf8.h"

enum { KID_MAX = 128 };

static bool is_text(const json_t *object, const char *name, const char *text)
{
	const json_t *value = json_object_get(object, name);

	return json_is_string(value) && strcmp(json_string_value(value), text) == 0;
}

/* Whether signatures may be verified with it, as far as it says. */
static bool is_for_verifying(const json_t *jwk)
{
	const json_t *operations = json_object_get(jwk, "key_ops");

	if (json_object_get(jwk, "use") && !is_text(jwk, "use", "sig"))
		return false;
	if (!operations)
		return true;
	for (size_t i = 0; i < json_array_size(operations); i++) {
		const json_t *operation = json_array_get(operations, i);

		if (json_is_string(operation) &&
			strcmp(json_string_value(operation), "verify") == 0)
			return true;
	}
	return false;
}

/* The bytes of a member. False: there is none, or it cannot be read. */
static bool bytes_of(const json_t *jwk, const char *name, struct buf *out)
{
	const json_t *value = json_object_get(jwk, name);

	return json_is_string(value) && json_string_length(value) > 0 &&
		base64url_decode(
			out, slice_make(json_string_value(value), json_string_length(value))) == 0;
}

static enum key_algorithm algorithm_of_curve(const json_t *jwk)
{
	enum key_algorithm i = 0;

	for (; i < KEY_ALGORITHMS; i++)
		if (pubkey_curve(i) && is_text(jwk, "crv", pubkey_curve(i)))
			break;
	return i;
}

/* NULL, or why it cannot be taken. */
static const char *choose_algorithm(const json_t *jwk, enum key_algorithm *ret_algorithm)
{
	static const char *const families[] = {
		[FAMILY_HMAC] = "oct", [FAMILY_RSA] = "RSA", [FAMILY_EC] = "EC"
	};
	const json_t *alg = json_object_get(jwk, "alg");
	bool is_ec = is_text(jwk, "kty", "EC");
	enum key_algorithm algorithm;

	if (alg)
		algorithm = json_is_string(alg) ? algorithm_named(slice_of(json_string_value(alg)))
						: KEY_ALGORITHMS;
	else
		algorithm = is_ec ? algorithm_of_curve(jwk) : KEY_ALGORITHMS;
	if (algorithm == KEY_ALGORITHMS)
		return alg || is_ec ? "its algorithm is not supported" : "it has no alg";
	if (!is_text(jwk, "kty", families[algorithm_get(algorithm)->family]))
		return "its kty is not its algorithm's";
	if (is_ec && algorithm_of_curve(jwk) != algorithm)
		return "its curve is not its algorithm's";
	*ret_algorithm = algorithm;
	return NULL;
}

static int add_secret(
	struct keys *keys, const char *kid, enum key_algorithm algorithm, const json_t *jwk)
{
	struct buf bytes = { .cap = 0 };
	struct secret secret = { NULL, 0 };
	int r = -EINVAL;

	if (bytes_of(jwk, "k", &bytes)) {
		secret = (struct secret){ mem_alloc(bytes.len), bytes.len };
		memcpy(secret.bytes, bytes.data, bytes.len);
		r = keys_add(keys, kid, algorithm, &secret);
	}
	secret_done(&secret);
	if (bytes.cap)
		explicit_bzero(bytes.data, bytes.cap);
	buf_done(&bytes);
	return r;
}

static int add_public(
	struct keys *keys, const char *kid, enum key_algorithm algorithm, const json_t *jwk)
{
	bool is_ec = algorithm_get(algorithm)->family == FAMILY_EC;
	struct buf first = { .cap = 0 }, second = { .cap = 0 };
	struct pubkey *pubkey = NULL;
	int r = -EINVAL;

	if (bytes_of(jwk, is_ec ? "x" : "n", &first) && bytes_of(jwk, is_ec ? "y" : "e", &second))
		r = (is_ec ? pubkey_from_ec : pubkey_from_rsa)(
			buf_slice(&first), buf_slice(&second), algorithm, &pubkey);
	if (r == 0)
		r = keys_add_public(keys, kid, algorithm, pubkey);
	if (r < 0)
		pubkey_free(pubkey);
	buf_done(&first);
	buf_done(&second);
	return r;
}

static const char *problem_of(int error)
{
	switch (error) {
	case -EEXIST:
		return "another key has this kid";
	case -ENOSPC:
		return "there are 256 keys already";
	case -ERANGE:
		return "its secret is too short or too long for its algorithm";
	case -EKEYREJECTED:
		return "RSA keys have 2048 to 8192 bits";
	default:
		return "its numbers are no key";
	}
}

/* NULL: it was taken, or passed over. */
static const char *read_key(struct keys *keys, const json_t *jwk, bool open_to_all)
{
	const json_t *kid = json_object_get(jwk, "kid");
	enum key_algorithm algorithm;
	const char *why;
	bool secret;
	int r;

	if (!json_is_object(jwk))
		return "it is no object";
	if (!is_for_verifying(jwk))
		return NULL;
	if (!json_is_string(kid) || json_string_length(kid) == 0 ||
		json_string_length(kid) > KID_MAX ||
		!utf8_printable(slice_make(json_string_value(kid), json_string_length(kid))))
		return "it has no kid of 1 to 128 bytes";
	why = choose_algorithm(jwk, &algorithm);
	if (why)
		return why;
	secret = algorithm_get(algorithm)->family == FAMILY_HMAC;
	if (secret && open_to_all)
		return "others may read this secret; the file must have mode 0600";
	if (!secret && json_object_get(jwk, "d"))
		return "it is a private key: give the public one";
	r = (secret ? add_secret : add_public)(keys, json_string_value(kid), algorithm, jwk);
	return r == 0 ? NULL : problem_of(r);
}

int jwks_read(struct keys *keys, struct slice text, bool open_to_all, const char *file,
	struct buf *problems)
{
	json_t *set = text.len ? json_loadb(text.ptr, text.len, JSON_REJECT_DUPLICATES, NULL)
			       : NULL;
	const json_t *list = json_object_get(set, "keys");
	int refused = 0;

	if (!json_is_array(list)) {
		buf_printf(problems, "%s: it is no JSON object with an array of keys\n", file);
		refused = 1;
	}
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *why = read_key(keys, json_array_get(list, i), open_to_all);

		if (!why)
			continue;
		buf_printf(problems, "%s: key %zu: %s\n", file, i + 1, why);
		refused++;
	}
	json_decref(set);
	return refused;
}
