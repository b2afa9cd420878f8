/* help.c - atrium help: what the commands say of themselves, for people and for programs */
/* SPDX-License-Identifier: MIT */
#include "ctl/help.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "ctl/commands.h"
#include "proto/base/buf.h"
#include "proto/base/mem.h"

enum { INDENT = 21, WIDTH = 79 };

const struct ctl_option help_option = OPTION_BRIEF('h', "help", NULL, "print this and exit");

static const struct {
	int code;
	const char *meaning;
} exits[] = {
#define EXIT(NAME, code, meaning) { code, meaning },
#include "ctl/exits.def"
#undef EXIT
};

enum { EXITS = sizeof(exits) / sizeof(*exits) };

/* ---- for people ---- */

/* Breaks a paragraph between words; its first line begins at `column`, the others at `indent`. */
static void print_wrapped(const char *text, size_t indent, size_t column)
{
	while (*text) {
		size_t len = strcspn(text, " ");

		if (column > indent && column + 1 + len > WIDTH) {
			printf("\n%*s", (int)indent, "");
			column = indent;
		} else if (column > indent) {
			putchar(' ');
			column++;
		}
		printf("%.*s", (int)len, text);
		column += len;
		text += len;
		text += strspn(text, " ");
	}
	putchar('\n');
}

static void print_about(const char *about)
{
	while (*about) {
		size_t len = strcspn(about, "\n");
		char line[1024];

		snprintf(line, sizeof(line), "%.*s", (int)len, about);
		print_wrapped(line, 0, 0);
		about += len;
		about += *about == '\n';
	}
}

static void print_option(const struct ctl_option *row)
{
	_cleanup_(buf_done) struct buf flags = { .cap = 0 };

	buf_put(&flags, SLICE("  "));
	if (row->brief)
		buf_printf(&flags, "-%c, ", row->val);
	buf_printf(
		&flags, "--%s%s%s", row->name, row->value ? " " : "", row->value ? row->value : "");
	printf("%s", buf_cstr(&flags));
	if (flags.len + 2 > INDENT)
		printf("\n%*s", INDENT, "");
	else
		printf("%*s", INDENT - (int)flags.len, "");
	print_wrapped(row->help, INDENT, INDENT);
}

void help_command(const struct command *command)
{
	printf("atrium %s - %s\n\nUsage: ", command->name, command->summary);
	printf("atrium %s %s\n\n", command->name, command->usage ? command->usage : "");
	if (command->about) {
		print_about(command->about);
		putchar('\n');
	}
	for (const struct ctl_option *row = command->options; row && row->val; row++)
		print_option(row);
	print_option(&help_option);
}

void help_all(void)
{
	printf("atrium - a self-hosted real-time server\n\nUsage: atrium COMMAND [OPTION]...\n\n");
	for (size_t i = 0; commands[i]; i++)
		printf("  %-12s %s\n", commands[i]->name, commands[i]->summary);
	printf("\nExit status:\n");
	for (size_t i = 0; i < EXITS; i++)
		printf("  %d  %s\n", exits[i].code, exits[i].meaning);
	printf("\n'atrium COMMAND --help' tells more; 'atrium --version' prints the version.\n");
}

/* ---- for programs ---- */

static void list_option(const struct command *command, const struct ctl_option *row)
{
	char brief[] = { '-', row->val, '\0' };

	printf("option\t%s\t%s\t--%s\t%s\t%s\n", command->name, row->brief ? brief : "", row->name,
		row->value ? row->value : "", row->help);
}

static void list_command(const struct command *command)
{
	printf("command\t%s\t%s\t%s\n", command->name, command->summary,
		command->usage ? command->usage : "");
	for (const char *line = command->about; line && *line;) {
		int len = (int)strcspn(line, "\n");

		printf("about\t%s\t%.*s\n", command->name, len, line);
		line += len;
		line += *line == '\n';
	}
	for (const struct ctl_option *row = command->options; row && row->val; row++)
		list_option(command, row);
	list_option(command, &help_option);
}

static void list_all(void)
{
	for (size_t i = 0; commands[i]; i++)
		list_command(commands[i]);
	for (size_t i = 0; i < EXITS; i++)
		printf("exit\t%d\t%s\n", exits[i].code, exits[i].meaning);
}

/* ---- the command ---- */

static const struct ctl_option options[] = {
	OPTION('l', "list", NULL,
		"all commands, options and exit statuses, a line each, cut by tabs"),
	{ .val = 0 },
};

static int run(const struct command *command, int argc, char **argv)
{
	const struct command *asked;
	int option, status = CTL_OK;
	bool list = false;

	while ((option = ctl_option(command, argc, argv, &status)) >= 0)
		list = true;
	if (option == -2)
		return status;
	if (list && optind < argc)
		return ctl_usage_error(command, "--list is of all commands");
	if (list) {
		list_all();
	} else if (optind == argc) {
		help_all();
	} else {
		asked = commands_find(argv[optind]);
		if (!asked)
			return commands_unknown(argv[optind]);
		help_command(asked);
	}
	return ctl_flush();
}

const struct command command_help = {
	.name = "help",
	.summary = "tell what a command does",
	.usage = "[COMMAND] | --list",
	.about = "Without a command it lists them all.",
	.options = options,
	.operands = 1,
	.run = run,
};
