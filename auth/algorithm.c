/* algorithm.c - what tokens may be signed with, from algorithms.def */
/* SPDX-License-Identifier: MIT */
#include "auth/algorithm.h"

static const struct algorithm algorithms[] = {
#define ALGORITHM(NAME, suffix, family, bits) { #NAME, suffix, FAMILY_##family, bits },
#include "auth/algorithms.def"
#undef ALGORITHM
};

const struct algorithm *algorithm_get(enum key_algorithm algorithm)
{
	return &algorithms[algorithm];
}

enum key_algorithm algorithm_named(struct slice name)
{
	enum key_algorithm i = 0;

	while (i < KEY_ALGORITHMS && !slice_eq(name, slice_of(algorithms[i].name)))
		i++;
	return i;
}

enum key_algorithm algorithm_of_file(struct slice file)
{
	enum key_algorithm i = 0;

	for (; i < KEY_ALGORITHMS; i++) {
		struct slice end = slice_of(algorithms[i].suffix);

		if (file.len > end.len &&
			slice_eq(slice_make(file.ptr + file.len - end.len, end.len), end))
			break;
	}
	return i;
}
