/* completion.c - atrium completion: what makes a shell complete atrium's commands and options */
/* SPDX-License-Identifier: MIT */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "ctl/commands.h"
#include "ctl/help.h"

typedef void (*option_fn)(const struct command *command, const struct ctl_option *row);

static void each_option(const struct command *command, option_fn fn)
{
	for (const struct ctl_option *row = command->options; row && row->val; row++)
		fn(command, row);
	fn(command, &help_option);
}

static void put_names(void)
{
	for (size_t i = 0; commands[i]; i++)
		printf("%s%s", i ? " " : "", commands[i]->name);
}

/* A command whose first operand is one of a set; help's is a command. */
static bool has_words(const struct command *command)
{
	return command->words || command == &command_help;
}

static void put_words(const struct command *command)
{
	if (command->words)
		fputs(command->words, stdout);
	else
		put_names();
}

/* ---- bash ---- */

static void bash_option(const struct command *command, const struct ctl_option *row)
{
	(void)command;
	if (row->brief)
		printf(" -%c", row->val);
	printf(" --%s", row->name);
}

static void bash_value(const struct command *command, const struct ctl_option *row)
{
	if (!row->value)
		return;
	printf("\t'%s --%s'", command->name, row->name);
	if (row->brief)
		printf(" | '%s -%c'", command->name, row->val);
	if (strcmp(row->value, "FILE") == 0)
		puts(") kind=file ;;");
	else if (strcmp(row->value, "DIR") == 0)
		puts(") kind=directory ;;");
	else
		puts(") kind=other ;;");
}

static const char bash_head[] =
	"# bash completion of atrium; made by `atrium completion bash`\n"
	"_atrium()\n{\n"
	"\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev= command= options= words= kind= i\n"
	"\tlocal commands='";

static const char bash_middle[] = "'\n\tCOMPREPLY=()\n"
				  "\t((COMP_CWORD == 0)) || prev=${COMP_WORDS[COMP_CWORD-1]}\n"
				  "\t# bash cuts --option=value at the sign\n"
				  "\tif [[ $cur == = ]]; then\n\t\tcur=\n"
				  "\telif [[ $prev == = ]] && ((COMP_CWORD > 1)); then\n"
				  "\t\tprev=${COMP_WORDS[COMP_CWORD-2]}\n\tfi\n"
				  "\t((COMP_CWORD < 2)) || command=${COMP_WORDS[1]}\n"
				  "\tcase \"$command $prev\" in\n";

static const char bash_tail[] =
	"\t*) ((COMP_CWORD > 1)) || words=$commands ;;\n\tesac\n"
	"\t((COMP_CWORD > 1)) || options='--help --version'\n"
	"\tcase $kind in\n"
	"\tfile) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- \"$cur\") ;;\n"
	"\tdirectory) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- \"$cur\") "
	";;\n"
	"\tother) ;;\n"
	"\t*)\n"
	"\t\t[[ $cur == -* ]] || options=\n"
	"\t\tmapfile -t COMPREPLY < <(compgen -W \"$options $words\" -- \"$cur\")\n"
	"\t\t;;\n"
	"\tesac\n}\ncomplete -F _atrium atrium\n";

static void print_bash(void)
{
	fputs(bash_head, stdout);
	put_names();
	fputs(bash_middle, stdout);
	for (size_t i = 0; commands[i]; i++)
		each_option(commands[i], bash_value);
	puts("\tesac\n\tcase $command in");
	for (size_t i = 0; commands[i]; i++) {
		printf("\t%s)\n\t\toptions='", commands[i]->name);
		each_option(commands[i], bash_option);
		puts("'");
		if (has_words(commands[i])) {
			fputs("\t\t((COMP_CWORD > 2)) || words='", stdout);
			put_words(commands[i]);
			puts("'");
		}
		puts("\t\t;;");
	}
	fputs(bash_tail, stdout);
}

/* ---- zsh ---- */

/* In single quotes, where brackets and colons mean something to _arguments and _describe. */
static void zsh_text(const char *text)
{
	for (; *text; text++) {
		if (*text == '\'')
			fputs("'\\''", stdout);
		else if (strchr("[]:\\", *text))
			printf("\\%c", *text);
		else
			putchar(*text);
	}
}

static void zsh_spec(const struct ctl_option *row, const char *flag)
{
	printf(" \\\n\t\t\t'%s%s[", flag, row->value && flag[1] == '-' ? "=" : "");
	zsh_text(row->help);
	putchar(']');
	if (row->value) {
		printf(":%s:", row->value);
		if (strcmp(row->value, "FILE") == 0)
			fputs("_files", stdout);
		else if (strcmp(row->value, "DIR") == 0)
			fputs("_files -/", stdout);
	}
	putchar('\'');
}

static void zsh_option(const struct command *command, const struct ctl_option *row)
{
	char brief[] = { '-', row->val, '\0' }, name[64];

	(void)command;
	snprintf(name, sizeof(name), "--%s", row->name);
	if (row->brief)
		zsh_spec(row, brief);
	zsh_spec(row, name);
}

static const char zsh_middle[] =
	"\t)\n"
	"\tif ((CURRENT == 2)); then\n"
	"\t\t_describe command commands\n"
	"\t\t_arguments '--help[list the commands]' '--version[print the version]'\n"
	"\t\treturn\n\tfi\n"
	"\tlocal command=$words[2]\n"
	"\tshift words\n\t((CURRENT--))\n"
	"\tcase $command in\n";

static void print_zsh(void)
{
	fputs("#compdef atrium\n# zsh completion of atrium; made by `atrium completion zsh`\n"
	      "_atrium()\n{\n\tlocal -a commands=(\n",
		stdout);
	for (size_t i = 0; commands[i]; i++) {
		printf("\t\t'%s:", commands[i]->name);
		zsh_text(commands[i]->summary);
		puts("'");
	}
	fputs(zsh_middle, stdout);
	for (size_t i = 0; commands[i]; i++) {
		printf("\t%s)\n\t\t_arguments -s", commands[i]->name);
		each_option(commands[i], zsh_option);
		if (has_words(commands[i])) {
			fputs(" \\\n\t\t\t'1:word:(", stdout);
			put_words(commands[i]);
			fputs(")'", stdout);
		}
		puts("\n\t\t;;");
	}
	/* Loaded by compinit as a function, or read with `source`. */
	fputs("\tesac\n}\n"
	      "if [[ $funcstack[1] == _atrium ]]; then\n\t_atrium \"$@\"\n"
	      "else\n\tcompdef _atrium atrium\nfi\n",
		stdout);
}

/* ---- the command ---- */

static int run(const struct command *command, int argc, char **argv)
{
	int option, status = CTL_OK;

	while ((option = ctl_option(command, argc, argv, &status)) >= 0)
		;
	if (option == -2)
		return status;
	if (optind == argc)
		return ctl_usage_error(command, "for which shell? bash or zsh");
	if (strcmp(argv[optind], "bash") == 0)
		print_bash();
	else if (strcmp(argv[optind], "zsh") == 0)
		print_zsh();
	else
		return ctl_usage_error(command, "'%s': bash or zsh are known", argv[optind]);
	return ctl_flush();
}

const struct command command_completion = {
	.name = "completion",
	.summary = "print what completes commands in a shell",
	.usage = "bash | zsh",
	.about = "`source <(atrium completion bash)` in ~/.bashrc, or `source <(atrium completion "
		 "zsh)` after compinit in ~/.zshrc. Where Atrium was installed the shells find it "
		 "by themselves.",
	.operands = 1,
	.words = "bash zsh",
	.run = run,
};
