/* fuzz_api_call.c - requests to the server API: what is taken is whole, what is refused says why */
/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <stdint.h>

#include "gateway/api_call.h"
#include "gateway/dialect_state.h"
#include "proto/base/mem.h"
#include "proto/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_json(struct slice text)
{
	struct json_value value;

	return json_check(text, JSON_DEPTH_MAX, &value) == 0;
}

/* As members of an object it is JSON again. */
static void check_body(struct slice body)
{
	_cleanup_(buf_done) struct buf object = { .cap = 0 };

	buf_putc(&object, '{');
	buf_put(&object, body);
	buf_putc(&object, '}');
	assert(is_json(buf_slice(&object)));
}

static void check_fault(const struct api_fault *fault)
{
	_cleanup_(buf_done) struct buf text = { .cap = 0 };

	assert(fault->code && fault->why);
	api_put_fault(&text, fault);
	assert(is_json(buf_slice(&text)));
}

static void check_lists(const struct api_command *command)
{
	_cleanup_(buf_done) struct buf raw = { .cap = 0 };

	if (command->ops.len)
		assert(state_ops(command->ops, &raw).count > 0);
	buf_clear(&raw);
	(void)state_checks(command->checks, &raw);
	buf_clear(&raw);
	if (command->keys.len)
		assert(state_keys(command->keys, &raw).count <= API_KEYS_MAX);
}

static void check_command(const struct api_command *command)
{
	check_body(command->body);
	check_lists(command);
	assert(command->room.len == 0 || event_room_valid(command->room));
	assert(command->type.len == 0 || event_type_valid(command->type));
	assert(command->except.len == 0 || event_id_valid(command->except));
	assert(command->text.len <= API_REASON_MAX && command->mid.len <= 64);
	assert(command->limit >= 1 && command->limit <= API_LIMIT_MAX);
	assert((unsigned)command->reason < CLOSE_MAX && (unsigned)command->scope < EVENT_SCOPES);
}

static void requests(struct slice text, enum api_method method)
{
	_cleanup_(buf_done) struct buf scratch = { .cap = 0 };
	struct api_command command;
	struct api_fault fault;
	struct slice object;

	if (!api_body_check(text, 32, &object, &fault) ||
		!api_call_read(object, method, &scratch, &command, &fault))
		check_fault(&fault);
	else
		check_command(&command);
}

/* The first byte says which method. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	requests(slice_make(data + 1, size - 1), (enum api_method)(*data % (API_METHOD_NONE + 1)));
	return 0;
}
