# SPDX-License-Identifier: Apache-2.0
# answers.awk - reads the table and answers, and compares: one of
#
#	-v job=scenes		the names of the scenes
#	-v job=check		each row of scene S: secctr's answer GOT against the record
#	-v job=same		each row of scene S: podman's answer GOT against the record, so that the record cannot lie
#	-v job=merge-podman, -v job=merge-secctr	a record anew, with what GOT answers; of secctr the rows that differ
#	-v job=lint		what can be said about the table and the records alone
#
# with -v lines=FILE -v podman=FILE -v secctr=FILE (records) -v got=FILE. A row is known by its scene, its line and, as some lines
# come twice, by how many of them went before. What is wrong is printed; then the exit status is 1.

# FILE: where it is read from, as each counts for itself.
function key(file, scene, line) {
	return scene SUBSEP line SUBSEP (++seen[file, scene, line])
}

# to[KEY] is the status and standard output, err[KEY] standard error.
function read_answers(file, to, err,	line, scene, k) {
	while ((getline line <file) > 0) {
		if (line ~ /^\[/)
			scene = substr(line, 2, length(line) - 2)
		else if (line ~ /^# /) {
			k = key(file, scene, substr(line, 3))
			to[k] = err[k] = ""
		} else if (line ~ /^!/)
			err[k] = err[k] line "\n"
		else
			to[k] = to[k] line "\n"
	}
	close(file)
}

function read_lines(	line, scene, at) {
	while ((getline line <lines) > 0) {
		if (line ~ /^\[/) {
			scene = substr(line, 2, length(line) - 2)
			scene_names[++scenes] = scene
		}
		at = index(line, " ;; ")
		if (line ~ /^(#|\[|$)/ || !at)
			continue
		mode[++rows] = substr(line, 1, at - 1)
		text[rows] = ""
		if (match(mode[rows], /^[a-z]+ +/)) {
			text[rows] = substr(mode[rows], RLENGTH + 1)
			mode[rows] = substr(mode[rows], 1, RLENGTH)
			sub(/ +$/, "", mode[rows])
		}
		in_scene[rows] = scene
		command[rows] = substr(line, at + 4)
		id[rows] = mode[rows] == "setup" ? "" : key(lines, scene, command[rows])
	}
}

function bad(i, why) {
	printf "[%s] %s: %s\n  %s\n", in_scene[i], mode[i], why, command[i]
	failed = 1
}

# Rows that are not to be looked at here: scenes, lines, and comments that say why.
function read_without(	line, scene) {
	while ((getline line <without) > 0) {
		if (line ~ /^\[/)
			scene = substr(line, 2, length(line) - 2)
		else if (line != "" && line !~ /^#/)
			left_out[scene, line] = 1
	}
	close(without)
}

function status_of(answer) {
	return substr(answer, 1, index(answer, "\n") - 1)
}

function show(who, answer) {
	gsub(/\n./, "&", answer)
	gsub(/\n/, "\n\t", answer)
	return "\n    " who "\n\t" answer
}

function check(i,	k) {
	k = id[i]
	if (!(k in was))
		return bad(i, "no answer of podman's in the record: tests/vm/podman/record")
	if (!(k in is))
		return bad(i, "no answer")
	if (mode[i] == "same" && is[k] != was[k])
		return bad(i, "differs" show("podman", was[k]) show("secctr", is[k] said[k]))
	if (mode[i] == "status" && status_of(is[k]) != status_of(was[k]))
		return bad(i, "another status" show("podman", was[k]) show("secctr", is[k] said[k]))
	if (mode[i] == "differs" && is[k] == was[k])
		return bad(i, "does not differ: make the row `same`")
	if (mode[i] == "differs" && is[k] != own[k])
		return bad(i, "differs otherwise" show("as recorded", own[k]) show("secctr", is[k] said[k]))
	if (mode[i] == "refused" && (status_of(is[k]) != "= 125" || !index(said[k], text[i])))
		return bad(i, "no refusal that says \"" text[i] "\"" show("secctr", is[k] said[k]))
}

function lint(i) {
	if (mode[i] !~ /^(setup|same|status|differs|refused)$/)
		bad(i, "no such mode")
	if ((mode[i] ~ /^(differs|refused)$/) != (text[i] != ""))
		bad(i, "what it says goes with differs and refused")
	if (id[i] == "")
		return
	counted++
	if (!(id[i] in was))
		bad(i, "no answer of podman's in the record")
	if (mode[i] == "differs" && !(id[i] in own))
		bad(i, "no answer of secctr's in the record")
	if (mode[i] == "refused" && status_of(was[id[i]]) == "= 125")
		bad(i, "podman refuses it too")
	if (mode[i] == "differs" && !index(page, text[i]))
		bad(i, "docs/podman.md does not say \"" text[i] "\"")
}

function read_page(	line) {
	while ((getline line <"docs/podman.md") > 0)
		page = page " " line
}

# All of the table that GOT answers anew, and the record for the rest.
function merge(file, old, new, some,	i, scene, k, a) {
	printf "" >file
	for (i = 1; i <= rows; i++) {
		k = id[i]
		if (k == "" || (some && mode[i] != "differs") || !(k in new || k in old))
			continue
		if (in_scene[i] != scene)
			printf "[%s]\n", scene = in_scene[i] >file
		a = k in new ? new[k] : old[k]
		printf "# %s\n%s", command[i], a >file
	}
	close(file)
}

BEGIN {
	read_lines()
	read_answers(podman, was, ignored)
	read_answers(secctr, own, ignored)
	if (got)
		read_answers(got, is, said)
	if (without)
		read_without()
	if (job == "scenes")
		for (i = 1; i <= scenes; i++)
			print scene_names[i]
	if (job == "merge-podman")
		merge(podman, was, is, 0)
	if (job == "merge-secctr")
		merge(secctr, own, is, 1)
	if (job == "lint")
		read_page()
	for (i = 1; i <= rows; i++) {
		if (job == "lint")
			lint(i)
		if (job == "check" && in_scene[i] == S && id[i] != "" && !((S, command[i]) in left_out))
			check(i)
		if (job == "same" && in_scene[i] == S && id[i] != "" && is[id[i]] != was[id[i]])
			bad(i, "podman itself says otherwise" show("as recorded", was[id[i]]) show("now", is[id[i]] said[id[i]]))
	}
	if (job == "lint" && counted < 150) {
		print "only " counted " rows"
		failed = 1
	}
	exit failed
}
