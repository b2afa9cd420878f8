/* listing.h - tables of what a server's API answers */
/* SPDX-License-Identifier: MIT */
#ifndef CTL_LISTING_H
#define CTL_LISTING_H

#include <jansson.h>

#include "ctl/table.h"

/* A member as text: a number in digits, null and what is not there as `-`, a list with commas. */
struct listing_cell {
	char text[512];
};

struct listing_cell listing_cell(const json_t *object, const char *name);
/* ms, such as 12s 3m07s 5h10m 2d03h */
struct listing_cell listing_span(const json_t *object, const char *name);
struct listing_cell listing_time(const json_t *object, const char *name); /* ms since 1970 */

/* To stdout; frees the table. */
void listing_print(struct table *table);

/* `N of TOTAL` on stderr, where a page is not all there is. */
void listing_more(const json_t *result, const char *what, const char *advice);

#endif
