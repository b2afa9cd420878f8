/* test_room.c - members, seats of gateways, users that count once */
/* SPDX-License-Identifier: MIT */
#include "tests/unit/hub/fake.h"

/* Only its list of connections is used. */
static struct gateway first, second;

static const struct rules rules = { .presence_max = 10 };

struct world {
	struct conns conns;
	struct rooms rooms;
	struct room *room;
	struct buf raw;
};

static void begin(struct world *world)
{
	*world = (struct world){ .room = NULL };
	list_init(&first.conns);
	list_init(&second.conns);
	conns_init(&world->conns);
	rooms_init(&world->rooms);
	world->room = room_open(&world->rooms, SLICE("lobby"), 7, &rules);
}

static struct conn *come(
	struct world *world, struct gateway *gateway, const char *id, const char *user)
{
	struct conn *conn = conn_new(
		&world->conns, gateway, world->conns.serial + 1, slice_of(id), FAKE_KEY_A);

	conn_identify(&world->conns, conn,
		&(struct identity){ .nickname = slice_of(id), .user = slice_of(user) });
	room_join(&world->rooms, world->room, conn);
	return conn;
}

static void leave(struct world *world, struct conn *conn)
{
	room_leave(&world->rooms, member_find(world->room, conn));
}

static void free_all(struct conns *conns, struct gateway *gateway)
{
	while (!list_empty(&gateway->conns))
		conn_free(conns, LIST_ENTRY(gateway->conns.next, struct conn, by_gateway));
}

static void end(struct world *world)
{
	while (!list_empty(&world->room->members))
		room_leave(&world->rooms,
			LIST_ENTRY(world->room->members.next, struct member, by_room));
	room_close(&world->rooms, world->room);
	rooms_done(&world->rooms);
	free_all(&world->conns, &first);
	free_all(&world->conns, &second);
	conns_done(&world->conns);
	buf_done(&world->raw);
}

static void test_members(void **state)
{
	struct world world;
	struct conn *ann, *bob;
	struct msg_list list;
	struct msg_member member;

	(void)state;
	begin(&world);
	assert_ptr_equal(room_find(&world.rooms, SLICE("lobby")), world.room);
	assert_null(room_find(&world.rooms, SLICE("lobb")));
	assert_null(room_find(&world.rooms, SLICE("")));
	ann = come(&world, &first, "ann", NULL);
	bob = come(&world, &first, "bob", "u1");
	come(&world, &first, "cat", NULL);
	assert_int_equal(world.room->count, 3);
	assert_int_equal(ann->rooms, 1);
	list = room_list(world.room, 2, &world.raw);
	assert_int_equal(list.count, 2);
	assert_true(msg_next_member(&list, &member));
	assert_true(slice_eq(member.id, SLICE("ann")));
	assert_true(msg_next_member(&list, &member));
	assert_true(slice_eq(member.user, SLICE("u1")));
	assert_false(msg_next_member(&list, &member));
	leave(&world, ann);
	assert_null(member_find(world.room, ann));
	assert_non_null(member_find(world.room, bob));
	list = room_list(world.room, 9, &world.raw);
	assert_int_equal(list.count, 2);
	assert_true(msg_next_member(&list, &member));
	assert_true(slice_eq(member.id, SLICE("bob")));
	assert_int_equal(room_list(world.room, 0, &world.raw).count, 0);
	end(&world);
}

static unsigned seats_of(const struct room *room, const struct gateway *gateway)
{
	for (size_t i = 0; i < room->seat_count; i++)
		if (room->seats[i].gateway == gateway)
			return room->seats[i].count;
	return 0;
}

static void test_seats(void **state)
{
	struct world world;
	struct conn *ann, *bob, *cat;

	(void)state;
	begin(&world);
	ann = come(&world, &first, "ann", NULL);
	bob = come(&world, &first, "bob", NULL);
	cat = come(&world, &second, "cat", NULL);
	assert_int_equal(seats_of(world.room, &first), 2);
	assert_int_equal(seats_of(world.room, &second), 1);
	/* In its grace time a connection is a member, but has no place to deliver to. */
	room_unseat(cat);
	conn_grace(&world.conns, cat, (struct mono){ 1 });
	assert_int_equal(world.room->seat_count, 1);
	assert_int_equal(world.room->count, 3);
	room_unseat(cat);
	conn_move(&world.conns, cat, &first, 99);
	room_take_seat(member_find(world.room, cat));
	assert_int_equal(seats_of(world.room, &first), 3);
	/* Who took it over has no place in the room until it has joined again. */
	room_await(ann);
	conn_move(&world.conns, ann, &second, 99);
	assert_int_equal(seats_of(world.room, &first), 2);
	assert_int_equal(seats_of(world.room, &second), 0);
	room_take_seat(member_find(world.room, ann));
	assert_int_equal(seats_of(world.room, &first), 2);
	assert_int_equal(seats_of(world.room, &second), 1);
	leave(&world, bob);
	leave(&world, cat);
	assert_int_equal(world.room->seat_count, 1);
	assert_ptr_equal(world.room->seats[0].gateway, &second);
	end(&world);
}

static void test_users(void **state)
{
	struct world world;
	struct conn *ann, *bob;
	struct identity other = { .user = SLICE("u2") };

	(void)state;
	begin(&world);
	ann = come(&world, &first, "ann", "u1");
	bob = come(&world, &first, "bob", "u1");
	come(&world, &first, "cat", NULL);
	come(&world, &first, "dan", NULL);
	assert_int_equal(world.room->count, 4);
	assert_int_equal(world.room->users, 3);
	room_unattend(&world.rooms, bob);
	conn_identify(&world.conns, bob, &other);
	room_attend(&world.rooms, bob);
	assert_int_equal(world.room->users, 4);
	leave(&world, ann);
	assert_int_equal(world.room->users, 3);
	room_unattend(&world.rooms, bob);
	conn_identify(&world.conns, bob, &(struct identity){ .admin = false });
	room_attend(&world.rooms, bob);
	assert_int_equal(world.room->users, 3);
	leave(&world, bob);
	assert_int_equal(world.room->users, 2);
	end(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_members),
		cmocka_unit_test(test_seats),
		cmocka_unit_test(test_users),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
