/* check.c - atrium check: what all daemons say of one file of settings */
/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/capture.h"
#include "ctl/commands.h"
#include "ctl/findings.h"
#include "ctl/settings.h"
#include "ctl/spawn.h"
#include "proto/base/mem.h"

static const char *const processes[] = {
#define PROCESS(NAME, name, code) #name,
#include "proto/processes.def"
#undef PROCESS
};

enum { PROCESSES = sizeof(processes) / sizeof(*processes) };

static const struct ctl_option options[] = {
	OPTION_BRIEF('c', "config", "FILE",
		"the file (default: $ATRIUM_CONF, else /etc/atrium/atrium.conf if it exists)"),
	OPTION('p', "print", NULL,
		"print all settings that are in force, as a file that reads back"),
	OPTION_BRIEF('v', "verbose", NULL, "with --print: explain each"),
	OPTION('j', "json", NULL,
		"answer in JSON: {\"good\", \"errors\": [{\"file\", \"line\", \"message\"}]}"),
	{ .val = 0 },
};

struct check {
	const char *conf;
	bool print, verbose, json;
	struct findings findings;
	struct buf settings;
	int status;
};

/* Each daemon knows its own sections, and says nothing of those of others. */
static int ask(struct check *check, const char *directory, const char *process)
{
	_cleanup_(mem_freep) char *program = mem_printf("%s/atrium-%s", directory, process);
	_cleanup_(buf_done) struct buf output = { .cap = 0 }, errors = { .cap = 0 };
	char *argv[] = { program, (char *)(check->verbose ? "-nv" : "-n"),
		(char *)(check->conf ? "-c" : NULL), (char *)check->conf, NULL };
	const struct capture capture = {
		.path = program, .argv = argv, .env = environ, .errors = true
	};
	int status;

	if (access(program, X_OK) < 0) {
		ctl_complain("%s: %s", program, strerror(errno));
		return CTL_FAILED;
	}
	status = capture_run(&capture, &output, &errors);
	if (status < 0) {
		ctl_complain("%s cannot be run: %s", program, strerror(-status));
		return CTL_FAILED;
	}
	findings_add(&check->findings, buf_slice(&errors));
	settings_merge(&check->settings, buf_slice(&output));
	return status == CTL_OK || status == CTL_USAGE ? status : CTL_FAILED;
}

static void ask_all(struct check *check)
{
	_cleanup_(mem_freep) char *directory = spawn_own_directory();

	if (!directory) {
		ctl_complain("it cannot be told where the programs are: %s", strerror(errno));
		check->status = CTL_FAILED;
		return;
	}
	for (size_t i = 0; i < PROCESSES; i++) {
		int status = ask(check, directory, processes[i]);

		/* What cannot be checked weighs more than what is wrong. */
		if (status == CTL_FAILED || check->status == CTL_OK)
			check->status = status;
	}
	findings_sort(&check->findings);
}

static void print_findings(const struct check *check)
{
	for (size_t i = 0; i < check->findings.count; i++) {
		const struct finding *row = &check->findings.rows[i];

		if (row->file)
			fprintf(stderr, "%s:%lu: %s\n", row->file, row->line, row->message);
		else
			fprintf(stderr, "%s\n", row->message);
	}
}

static void print_json(const struct check *check)
{
	json_t *errors = json_array();
	json_t *answer = json_pack("{sbso}", "good", check->status == CTL_OK, "errors", errors);

	for (size_t i = 0; i < check->findings.count; i++) {
		const struct finding *row = &check->findings.rows[i];

		if (row->file)
			json_array_append_new(errors,
				json_pack("{sssIss}", "file", row->file, "line",
					(json_int_t)row->line, "message", row->message));
		else
			json_array_append_new(errors, json_pack("{ss}", "message", row->message));
	}
	json_dumpf(answer, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(answer);
}

static int answer(struct check *check)
{
	int status;

	if (check->json)
		print_json(check);
	else if (check->status != CTL_OK)
		print_findings(check);
	else if (check->print)
		fputs(buf_cstr(&check->settings), stdout);
	else
		puts("the settings are good");
	status = ctl_flush();
	return check->status == CTL_OK ? status : check->status;
}

static int run(const struct command *command, int argc, char **argv)
{
	struct check check = { .status = CTL_OK };
	int option, status;

	while ((option = ctl_option(command, argc, argv, &status)) >= 0) {
		check.conf = option == 'c' ? optarg : check.conf;
		check.print |= option == 'p';
		check.verbose |= option == 'v';
		check.json |= option == 'j';
	}
	if (option == -2)
		return status;
	if (check.print && check.json)
		return ctl_usage_error(command, "give --print or --json, not both");
	ask_all(&check);
	status = answer(&check);
	findings_done(&check.findings);
	buf_done(&check.settings);
	return status;
}

const struct command command_check = {
	.name = "check",
	.summary = "check the settings of all four daemons",
	.usage = "[-c FILE] [--print [-v] | --json]",
	.about = "Tells all that is wrong at once, with file and line, and starts nothing.\n\n"
		 "What is in the environment counts, as for the daemons: ATRIUM_GATEWAY_PORT=8200 "
		 "for [gateway] port.",
	.options = options,
	.run = run,
};
