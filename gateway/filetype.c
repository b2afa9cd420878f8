/* filetype.c - what a file's name says of its content, and how long it may be kept */
/* SPDX-License-Identifier: MIT */
#include "gateway/filetype.h"

#include <stdbool.h>
#include <strings.h>

static const struct {
	const char *extension;
	const char *content;
} types[] = {
	{ "html", "text/html; charset=utf-8" },
	{ "css", "text/css; charset=utf-8" },
	{ "js", "text/javascript; charset=utf-8" },
	{ "mjs", "text/javascript; charset=utf-8" },
	{ "ts", "text/plain; charset=utf-8" },
	{ "txt", "text/plain; charset=utf-8" },
	{ "json", "application/json" },
	{ "map", "application/json" },
	{ "webmanifest", "application/manifest+json" },
	{ "svg", "image/svg+xml" },
	{ "png", "image/png" },
	{ "jpg", "image/jpeg" },
	{ "jpeg", "image/jpeg" },
	{ "webp", "image/webp" },
	{ "ico", "image/vnd.microsoft.icon" },
	{ "woff2", "font/woff2" },
	{ "wasm", "application/wasm" },
};

static struct slice extension_of(struct slice name)
{
	const char *dot = name.len ? memrchr(name.ptr, '.', name.len) : NULL;
	size_t n = dot ? (size_t)(dot + 1 - name.ptr) : name.len;

	return slice_make(name.ptr + n, name.len - n);
}

static bool same_word(struct slice text, const char *word)
{
	return text.len == strlen(word) && strncasecmp(text.ptr, word, text.len) == 0;
}

const char *filetype_content(struct slice name)
{
	struct slice extension = extension_of(name);

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (same_word(extension, types[i].extension))
			return types[i].content;
	return "application/octet-stream";
}

/* NAME-XXXXXXXX.ext, where X are base32: esbuild's names of files that never change. */
static bool is_hashed(struct slice name)
{
	enum { HASH = 8 };
	struct slice extension = extension_of(name);
	size_t stem;

	if (extension.len == 0 || name.len < extension.len + 1 + HASH + 1)
		return false;
	stem = name.len - extension.len - 1 - HASH;
	if (name.ptr[stem - 1] != '-')
		return false;
	for (size_t i = stem; i < stem + HASH; i++)
		if ((name.ptr[i] < 'A' || name.ptr[i] > 'Z') &&
			(name.ptr[i] < '2' || name.ptr[i] > '7'))
			return false;
	return true;
}

const char *filetype_cache(struct slice name)
{
	if (same_word(extension_of(name), "html"))
		return "no-cache";
	if (is_hashed(name))
		return "public, max-age=31536000, immutable";
	return "public, max-age=300";
}
