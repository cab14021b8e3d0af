/* SPDX-License-Identifier: Apache-2.0 */
/* commands.c - the command table, in the order in which `secctr help` shows it. */
#include "launcher/cli/commands.h"

const struct command *const commands[] = {
	&cmd_run, &cmd_create, &cmd_start, &cmd_exec, &cmd_attach, &cmd_ps, &cmd_logs, &cmd_top, &cmd_stats, &cmd_port, &cmd_wait,
	&cmd_stop, &cmd_restart, &cmd_kill, &cmd_pause, &cmd_unpause, &cmd_rename, &cmd_update, &cmd_rm, &cmd_inspect,
	&cmd_cp, &cmd_diff, &cmd_export, &cmd_mount, &cmd_unmount, &cmd_umount, &cmd_generate_systemd,
	&cmd_container_exists, &cmd_container_prune, &cmd_container_cleanup, &cmd_cleanup, &cmd_again,
	&cmd_pull, &cmd_load, &cmd_images, &cmd_import, &cmd_save, &cmd_tag, &cmd_untag, &cmd_rmi, &cmd_history,
	&cmd_image_exists, &cmd_image_inspect, &cmd_image_prune, &cmd_image_tree,
	&cmd_volume_create, &cmd_volume_exists, &cmd_volume_inspect, &cmd_volume_ls, &cmd_volume_prune, &cmd_volume_rm,
	&cmd_volume_mount, &cmd_volume_unmount,
	&cmd_policy_list, &cmd_policy_show, &cmd_policy_check, &cmd_policy_explain,
	/* Words of its own before the command that takes a view there. */
	&cmd_report_bundle, &cmd_report_verify, &cmd_report_keygen, &cmd_report, &cmd_why, &cmd_doctor,
	&cmd_audit_status, &cmd_audit_rules,
	&cmd_selinux_status, &cmd_selinux_install, &cmd_info, &cmd_version, &cmd_completion, &cmd_complete,
	NULL
};
