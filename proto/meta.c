/* meta.c - the claim `meta` of a token: an object of the application's, for its handlers */
/* SPDX-License-Identifier: MIT */
#include "proto/meta.h"

#include "proto/json.h"

bool meta_valid(struct slice meta)
{
	struct json_value value;

	return meta.len == 0 ||
		(meta.len <= META_MAX && json_check(meta, META_DEPTH, &value) == 0 &&
			value.type == JSON_TYPE_OBJECT);
}
