/* glob.c - patterns of names: `*` is any run of characters, `?` is one */
/* SPDX-License-Identifier: MIT */
#include "proto/glob.h"

/* Where the character after `at` begins. */
static size_t next(struct slice text, size_t at)
{
	at++;
	while (at < text.len && (text.ptr[at] & 0xc0) == 0x80)
		at++;
	return at;
}

bool glob_matches(struct slice pattern, struct slice text)
{
	size_t p = 0, t = 0, star = 0, mark = 0;
	bool starred = false;

	while (t < text.len) {
		if (p < pattern.len && pattern.ptr[p] == '*') {
			/* Only the last star need ever take more. */
			starred = true;
			star = ++p;
			mark = t;
		} else if (p < pattern.len && pattern.ptr[p] == '?') {
			p++;
			t = next(text, t);
		} else if (p < pattern.len && pattern.ptr[p] == text.ptr[t]) {
			p++;
			t++;
		} else if (starred) {
			p = star;
			t = mark = next(text, mark);
		} else {
			return false;
		}
	}
	while (p < pattern.len && pattern.ptr[p] == '*')
		p++;
	return p == pattern.len;
}
