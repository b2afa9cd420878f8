/* close.h - reasons to close a client, and errors that do not close it */
/* SPDX-License-Identifier: MIT */
#ifndef PROTO_CLOSE_H
#define PROTO_CLOSE_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/counters.h"

enum close_reason {
#define CLOSE(NAME, name, code, again, text) CLOSE_##NAME,
#include "proto/close.def"
#undef CLOSE
	CLOSE_MAX,
};

struct close_row {
	const char *name;
	uint16_t code; /* RFC 6455 section 7.4 */
	bool again;
	enum counter counter;
	const char *text;
};

/* of any number: INTERNAL's if it is none */
const struct close_row *close_row(enum close_reason reason);

enum error {
#define ERROR(NAME, name, text) ERROR_##NAME,
#include "proto/errors.def"
#undef ERROR
	ERROR_MAX,
};

struct error_row {
	const char *code;
	enum counter counter;
	const char *text;
};

/* of any number: UNAVAILABLE's if it is none */
const struct error_row *error_row(enum error error);

#endif
