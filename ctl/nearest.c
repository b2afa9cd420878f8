/* nearest.c - which of several words someone may have meant */
/* SPDX-License-Identifier: MIT */
#include "ctl/nearest.h"

#include <stddef.h>
#include <string.h>

enum { WORD_MAX = 32 };

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* How many letters differ (optimal string alignment). */
static unsigned distance(const char *a, const char *b)
{
	unsigned rows[WORD_MAX + 1][WORD_MAX + 1];
	size_t a_len = strlen(a), b_len = strlen(b);

	for (unsigned i = 0; i <= a_len; i++)
		rows[i][0] = i;
	for (unsigned j = 0; j <= b_len; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		for (size_t j = 1; j <= b_len; j++) {
			unsigned *here = &rows[i][j];

			*here = rows[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
			*here = least(*here, least(rows[i - 1][j], rows[i][j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				*here = least(*here, rows[i - 2][j - 2] + 1);
		}
	}
	return rows[a_len][b_len];
}

static const char *begun(const char *text, const char *const *words)
{
	const char *found = NULL;

	for (; *words; words++) {
		if (strncmp(*words, text, strlen(text)) != 0)
			continue;
		if (found)
			return NULL;
		found = *words;
	}
	return found;
}

const char *nearest_of(const char *text, const char *const *words)
{
	size_t len = strlen(text);
	const char *found;
	unsigned best = (unsigned)len / 3 + 1;

	if (len == 0 || len > WORD_MAX)
		return NULL;
	found = begun(text, words);
	if (found)
		return found;
	for (; *words; words++) {
		unsigned far = strlen(*words) <= WORD_MAX ? distance(text, *words) : best + 1;

		if (far > best || far >= strlen(*words) || (found && far == best))
			continue;
		best = far;
		found = *words;
	}
	return found;
}
