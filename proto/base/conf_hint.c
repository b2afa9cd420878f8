/* conf_hint.c - which of the known names was perhaps meant by a wrong one */
/* SPDX-License-Identifier: MIT */
#include "proto/base/conf_hint.h"

#include <stdint.h>
#include <string.h>

enum { HINT_MAX = 32 };

/* How many characters must be added, removed or changed to make b of a. */
static size_t distance(const char *a, const char *b)
{
	size_t row[HINT_MAX + 1], len = strlen(b);

	if (len > HINT_MAX)
		return SIZE_MAX;
	for (size_t j = 0; j <= len; j++)
		row[j] = j;
	for (; *a; a++) {
		size_t diagonal = row[0]++;

		for (size_t j = 1; j <= len; j++) {
			size_t best = diagonal + (*a != b[j - 1]);

			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			diagonal = row[j];
			row[j] = best;
		}
	}
	return row[len];
}

void conf_hint_try(struct conf_hint *hint, const char *wrong, const char *name)
{
	size_t d = distance(wrong, name);
	size_t most = strlen(name) < 4 ? 1 : strlen(name) < 9 ? 2 : 3;

	if (d <= most && (!hint->name || d < hint->distance))
		*hint = (struct conf_hint){ name, d };
}
