/* close.c - the tables of close.def and errors.def */
/* SPDX-License-Identifier: MIT */
#include "proto/close.h"

static const struct close_row closes[CLOSE_MAX] = {
#define CLOSE(NAME, name, code, again, text) \
	[CLOSE_##NAME] = { #name, code, again, COUNTER_GATEWAY_CLOSED_##NAME, text },
#include "proto/close.def"
#undef CLOSE
};

static const struct error_row errors[ERROR_MAX] = {
#define ERROR(NAME, name, text) [ERROR_##NAME] = { #name, COUNTER_GATEWAY_ERROR_##NAME, text },
#include "proto/errors.def"
#undef ERROR
};

const struct close_row *close_row(enum close_reason reason)
{
	return &closes[(unsigned)reason < CLOSE_MAX ? reason : CLOSE_INTERNAL];
}

const struct error_row *error_row(enum error error)
{
	return &errors[(unsigned)error < ERROR_MAX ? error : ERROR_UNAVAILABLE];
}
