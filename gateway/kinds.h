/* kinds.h - which kinds of JSON a member of a request may be, as a set */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_KINDS_H
#define GATEWAY_KINDS_H

#include "proto/json.h"

enum kinds {
	KIND_STRING = 1 << JSON_TYPE_STRING,
	KIND_NUMBER = 1 << JSON_TYPE_NUMBER,
	KIND_BOOL = 1 << JSON_TYPE_TRUE | 1 << JSON_TYPE_FALSE,
	KIND_ARRAY = 1 << JSON_TYPE_ARRAY,
	KIND_OBJECT = 1 << JSON_TYPE_OBJECT,
	KIND_ANY = 0xFF,
};

#endif
