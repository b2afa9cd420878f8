/* test_intake.c - numbers of events: once, in order, and what is handled */
/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "handler/intake.h"

static struct intake_entry entries[16];

/* Takes what is new; `open`: it is not dealt with at once. */
static enum intake_verdict come(struct intake *intake, uint64_t seq, bool open)
{
	uint64_t missed;
	enum intake_verdict verdict = intake_look(intake, seq, 0, seq * 10, &missed);

	if (verdict == INTAKE_NEW || verdict == INTAKE_LOST)
		intake_take(intake, seq, seq * 10, open ? &entries[seq % 16] : NULL);
	return verdict;
}

static void begin(struct intake *intake)
{
	intake_init(intake);
	assert_false(intake_welcome(intake, 7));
}

static void first_number_may_be_any(void **state)
{
	struct intake intake;

	(void)state;
	begin(&intake);
	assert_int_equal(intake_handled(&intake), 0);
	assert_int_equal(come(&intake, 500, false), INTAKE_NEW);
	assert_int_equal(intake_handled(&intake), 500);
}

static void each_comes_once_and_in_order(void **state)
{
	struct intake intake;

	(void)state;
	begin(&intake);
	assert_int_equal(come(&intake, 1, false), INTAKE_NEW);
	assert_int_equal(come(&intake, 2, false), INTAKE_NEW);
	assert_int_equal(come(&intake, 1, false), INTAKE_AGAIN);
	assert_int_equal(come(&intake, 2, false), INTAKE_AGAIN);
	assert_int_equal(come(&intake, 4, false), INTAKE_GAP);
	assert_int_equal(come(&intake, 3, false), INTAKE_NEW);
	assert_int_equal(intake_handled(&intake), 3);
}

static void handled_is_below_the_lowest_open_one(void **state)
{
	struct intake intake;

	(void)state;
	begin(&intake);
	for (uint64_t seq = 1; seq <= 5; seq++)
		come(&intake, seq, seq > 1);
	assert_int_equal(intake_handled(&intake), 1);
	list_remove(&entries[3].link);
	assert_int_equal(intake_handled(&intake), 1);
	list_remove(&entries[2].link);
	assert_int_equal(intake_handled(&intake), 3);
	list_remove(&entries[5].link);
	list_remove(&entries[4].link);
	assert_int_equal(intake_handled(&intake), 5);
}

/* What the hub sends after its WELCOME is all that it has. */
static void a_gap_after_welcome_is_a_loss(void **state)
{
	struct intake intake;
	uint64_t missed;

	(void)state;
	begin(&intake);
	come(&intake, 1, false);
	assert_true(intake_welcome(&intake, 7));
	assert_int_equal(intake_look(&intake, 5, 0, 0, &missed), INTAKE_LOST);
	assert_int_equal(missed, 3);
	intake_take(&intake, 5, 0, NULL);
	assert_int_equal(come(&intake, 7, false), INTAKE_GAP);
}

static void missed_tells_only_what_is_missing(void **state)
{
	struct intake intake;
	uint64_t missed;

	(void)state;
	begin(&intake);
	for (uint64_t seq = 1; seq <= 6; seq++)
		come(&intake, seq, true);
	/* all of it is here */
	assert_int_equal(intake_look(&intake, 4, 4, 0, &missed), INTAKE_AGAIN);
	/* two are */
	assert_int_equal(intake_look(&intake, 10, 6, 0, &missed), INTAKE_NEW);
	assert_int_equal(missed, 4);
	intake_take(&intake, 10, 0, NULL);
	assert_int_equal(come(&intake, 11, false), INTAKE_NEW);
}

/* The hub had forgotten this handler, and counts from where it was told that it is. */
static void other_event_of_the_same_number(void **state)
{
	struct intake intake;
	uint64_t missed;

	(void)state;
	begin(&intake);
	for (uint64_t seq = 1; seq <= 4; seq++)
		come(&intake, seq, seq > 2);
	assert_true(intake_welcome(&intake, 7));
	assert_int_equal(intake_look(&intake, 3, 0, 30, &missed), INTAKE_AGAIN);
	assert_true(intake_welcome(&intake, 7));
	assert_int_equal(intake_look(&intake, 3, 0, 31, &missed), INTAKE_OTHER);
	assert_int_equal(intake_look(&intake, 4, 0, 41, &missed), INTAKE_AGAIN);
}

static void other_journal_counts_anew(void **state)
{
	struct intake intake;

	(void)state;
	begin(&intake);
	come(&intake, 9, false);
	assert_false(intake_welcome(&intake, 8));
	assert_int_equal(intake_handled(&intake), 0);
	assert_int_equal(come(&intake, 1, false), INTAKE_NEW);
}

static void what_is_skipped_is_dealt_with(void **state)
{
	struct intake intake;

	(void)state;
	begin(&intake);
	intake_skip(&intake, 4);
	assert_int_equal(intake_handled(&intake), 4);
	assert_int_equal(come(&intake, 5, true), INTAKE_NEW);
	intake_skip(&intake, 8);
	assert_int_equal(come(&intake, 9, false), INTAKE_NEW);
	intake_skip(&intake, 7); /* it has those, or had them */
	assert_int_equal(intake_handled(&intake), 4);
	assert_int_equal(come(&intake, 9, false), INTAKE_AGAIN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_number_may_be_any),
		cmocka_unit_test(each_comes_once_and_in_order),
		cmocka_unit_test(handled_is_below_the_lowest_open_one),
		cmocka_unit_test(a_gap_after_welcome_is_a_loss),
		cmocka_unit_test(missed_tells_only_what_is_missing),
		cmocka_unit_test(other_event_of_the_same_number),
		cmocka_unit_test(other_journal_counts_anew),
		cmocka_unit_test(what_is_skipped_is_dealt_with),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
