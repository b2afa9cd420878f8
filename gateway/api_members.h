/* api_members.h - the values that a request to the server API may have; knows no sockets */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_API_MEMBERS_H
#define GATEWAY_API_MEMBERS_H

#include "gateway/api_call.h"
#include "proto/json.h"

enum api_member {
#define MEMBER(NAME, name, kinds, why) MEMBER_##NAME,
#include "gateway/api_members.def"
#undef MEMBER
	MEMBERS,
};

/* Where a value goes, if it is good. `plain`: what it means, if it is a string. */
typedef bool (*api_take_fn)(struct api_command *call, struct json_value value, struct slice plain);

struct api_member_row {
	struct slice name;
	unsigned kinds; /* 1 << enum json_type of each that its value may have */
	api_take_fn take;
	const char *why; /* what it must be */
};

extern const struct api_member_row api_members[MEMBERS];

#endif
