/* nearest.h - which of several words someone may have meant */
/* SPDX-License-Identifier: MIT */
#ifndef CTL_NEAREST_H
#define CTL_NEAREST_H

/*
 * The word that `text` begins, if there is one only; else the one with the fewest letters to
 * change, add, leave out or swap with the next; NULL: none is near. `words` ends with NULL.
 */
const char *nearest_of(const char *text, const char *const *words);

#endif
