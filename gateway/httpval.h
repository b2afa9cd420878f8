/* httpval.h - values of HTTP's header fields (RFC 9110): lists, entity tags, codings, dates */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_HTTPVAL_H
#define GATEWAY_HTTPVAL_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "proto/base/buf.h"

/* Whether a comma-separated list has this word, upper or lower case alike. */
bool httpval_list_has(struct slice list, const char *word);

/*
 * Whether an If-None-Match names this entity tag (with its quotes, and W/ if it is weak), compared
 * weakly (section 8.8.3.2). An invalid list matches nothing from where it goes wrong.
 */
bool httpval_none_match(struct slice if_none_match, struct slice etag);

/*
 * Whether a GET is to be answered with 304 (section 13.2.2): If-Modified-Since counts only without
 * If-None-Match.
 */
bool httpval_not_modified(struct slice if_none_match, struct slice if_modified_since,
	struct slice etag, time_t modified);

/*
 * Whether Accept-Encoding lets a reply be coded as `coding` (section 12.5.3); an empty one does
 * not.
 */
bool httpval_accepts(struct slice accept_encoding, const char *coding);

enum { HTTPVAL_DATE_SIZE = 30 }; /* with its NUL */

/* IMF-fixdate, the one form that is to be sent. */
void httpval_date(time_t when, char ret_text[HTTPVAL_DATE_SIZE]);
bool httpval_date_parse(struct slice text, time_t *ret_when); /* only that form */

/* Decimal digits only, and it fits. */
bool httpval_length(struct slice text, uint64_t *ret_length);

#endif
