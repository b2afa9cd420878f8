/* test_filetype.c - content types and how long files may be kept */
/* SPDX-License-Identifier: MIT */
#include "gateway/filetype.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_content(void **state)
{
	static const struct {
		const char *name, *content;
	} rows[] = {
		{ "index.html", "text/html; charset=utf-8" },
		{ "a/b.CSS", "text/css; charset=utf-8" },
		{ "x.js", "text/javascript; charset=utf-8" },
		{ "x.mjs", "text/javascript; charset=utf-8" },
		{ "x.js.map", "application/json" },
		{ "x.json", "application/json" },
		{ "x.svg", "image/svg+xml" },
		{ "x.png", "image/png" },
		{ "x.jpg", "image/jpeg" },
		{ "x.jpeg", "image/jpeg" },
		{ "x.webp", "image/webp" },
		{ "x.woff2", "font/woff2" },
		{ "x.wasm", "application/wasm" },
		{ "x.webmanifest", "application/manifest+json" },
		{ "x.txt", "text/plain; charset=utf-8" },
		{ "x.d.ts", "text/plain; charset=utf-8" },
		{ "favicon.ico", "image/vnd.microsoft.icon" },
		{ "x.js.gz", "application/octet-stream" },
		{ "x.exe", "application/octet-stream" },
		{ "html", "application/octet-stream" },
		{ "x.", "application/octet-stream" },
		{ "", "application/octet-stream" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(filetype_content(slice_of(rows[i].name)), rows[i].content);
}

static void test_cache(void **state)
{
	static const char *const forever[] = { "chunk-ABCDEFG7.js", "a/b-22222222.css",
		"x.y-ZZZZZZZZ.map" };
	static const char *const awhile[] = {
		"chunk.js",
		"chunk-abcdefg7.js",
		"chunk-ABCDEFG.js",
		"chunk-ABCDEFG1.js",
		"chunkABCDEFG7.js",
		"-ABCDEFG7",
		"ABCDEFG7.js",
		"image-20240101.png",
	};

	(void)state;
	assert_string_equal(filetype_cache(SLICE("index.html")), "no-cache");
	assert_string_equal(filetype_cache(SLICE("page-ABCDEFG7.html")), "no-cache");
	for (size_t i = 0; i < sizeof(forever) / sizeof(forever[0]); i++)
		assert_string_equal(filetype_cache(slice_of(forever[i])),
			"public, max-age=31536000, immutable");
	for (size_t i = 0; i < sizeof(awhile) / sizeof(awhile[0]); i++)
		assert_string_equal(filetype_cache(slice_of(awhile[i])), "public, max-age=300");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_content),
		cmocka_unit_test(test_cache),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
