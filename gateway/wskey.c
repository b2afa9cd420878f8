/* wskey.c - what a client's Sec-WebSocket-Key is answered with; knows no sockets */
/* SPDX-License-Identifier: MIT */
#include "gateway/wskey.h"

#include <assert.h>
#include <openssl/evp.h>

#include "proto/base/base64.h"
#include "proto/base/mem.h"

#define SUFFIX "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

/* OpenSSL has the processor's instructions for SHA-1, but to look it up costs more than they do. */
struct wskey {
	EVP_MD *sha1;
	EVP_MD_CTX *context;
};

struct wskey *wskey_new(void)
{
	struct wskey *wskey = mem_alloc(sizeof(*wskey));

	wskey->sha1 = EVP_MD_fetch(NULL, "SHA1", NULL);
	wskey->context = EVP_MD_CTX_new();
	assert(wskey->sha1 && wskey->context); /* no OpenSSL is without it */
	return wskey;
}

void wskey_free(struct wskey *wskey)
{
	if (!wskey)
		return;
	EVP_MD_CTX_free(wskey->context);
	EVP_MD_free(wskey->sha1);
	mem_free(wskey);
}

void wskey_accept(struct wskey *wskey, struct slice key, struct buf *out)
{
	char text[WSKEY_LEN + sizeof(SUFFIX) - 1];
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned len = 0;
	int done;

	assert(key.len == WSKEY_LEN);
	memcpy(text, key.ptr, WSKEY_LEN);
	memcpy(text + WSKEY_LEN, SUFFIX, sizeof(SUFFIX) - 1);
	done = EVP_DigestInit_ex(wskey->context, wskey->sha1, NULL) &&
		EVP_DigestUpdate(wskey->context, text, sizeof(text)) &&
		EVP_DigestFinal_ex(wskey->context, digest, &len);
	assert(done);
	base64_put(out, slice_make((const char *)digest, len));
}
