/* Filters of a report; without it the page shows all. It reads the page's own elements, and makes no markup of any text. */
(function () {
	"use strict";
	var form = document.getElementById("filters"), count = document.getElementById("count");
	var field = {};
	["who", "container", "show", "text"].forEach(function (name) { field[name] = document.getElementById(name); });
	var rows = Array.prototype.slice.call(document.querySelectorAll("tr.e"));
	var lists = Array.prototype.slice.call(document.querySelectorAll("tr.l"));
	var boxes = Array.prototype.slice.call(document.querySelectorAll("section.box, section.person"));
	var lanes = Array.prototype.slice.call(document.querySelectorAll("svg.time a"));
	var all = rows.filter(function (row) { return row.closest("section").id !== "findings"; }).length;
	var words = rows.map(function (row) { return row.textContent.toLowerCase(); });

	function offer(select, value, text) {
		var option = document.createElement("option");
		option.value = value;
		option.textContent = text;
		select.appendChild(option);
	}
	boxes.forEach(function (box) {
		if (box.className === "person")
			offer(field.who, box.id.slice(2), box.dataset.name);
		else
			offer(field.container, box.id, box.dataset.name + "  " + box.id.slice(2, 10));
	});

	/* A name, or what stands in the list. */
	function choose(select, wanted) {
		select.value = wanted;
		for (var i = 0; select.selectedIndex < 0 && i < boxes.length; i++)
			if (boxes[i].dataset.name === wanted && (boxes[i].className === "person") === (select === field.who))
				select.value = boxes[i].className === "person" ? boxes[i].id.slice(2) : boxes[i].id;
		if (select.selectedIndex < 0)
			select.value = "";
	}

	function apply() {
		var who = field.who.value, container = field.container.value, show = field.show.value;
		var text = field.text.value.trim().toLowerCase(), on = !!(who || container || show || text), n = 0, seen = new Set();

		rows.forEach(function (row, i) {
			var yes = (!who || row.dataset.w === who) && (!container || row.dataset.c === container) &&
				(!show || row.classList.contains(show === "denied" ? "d" : "f")) && (!text || words[i].indexOf(text) >= 0);
			row.hidden = !yes;
			if (yes) {
				var box = row.closest("section");
				n += box.id !== "findings";
				seen.add(box.id);
				if (row.dataset.c)
					seen.add(row.dataset.c);
				if (row.dataset.w)
					seen.add("p-" + row.dataset.w);
			}
		});
		lists.forEach(function (row) { row.hidden = on && !seen.has(row.dataset.c || "p-" + row.dataset.w); });
		boxes.forEach(function (box) { box.hidden = on && !seen.has(box.id); });
		lanes.forEach(function (lane) { lane.classList.toggle("dim", on && !seen.has(lane.dataset.c)); });
		document.body.classList.toggle("filtered", on);
		count.textContent = on ? n + " of " + all + " events" : all + " events";
	}

	function remember() {
		var params = new URLSearchParams();
		Object.keys(field).forEach(function (name) {
			if (field[name].value)
				params.set(name, field[name].value);
		});
		history.replaceState(null, "", "#" + params.toString());
	}

	/* #who=alice&container=web&show=denied&text=passwd; anything else is a place in the page. */
	function recall() {
		var hash = location.hash.slice(1), params = new URLSearchParams(hash);
		if (hash.indexOf("=") < 0)
			return;
		choose(field.who, params.get("who") || "");
		choose(field.container, params.get("container") || "");
		choose(field.show, params.get("show") || "");
		field.text.value = params.get("text") || "";
	}

	form.addEventListener("input", function () { apply(); remember(); });
	form.addEventListener("submit", function (e) { e.preventDefault(); });
	form.addEventListener("reset", function () { setTimeout(function () { apply(); remember(); }, 0); });
	window.addEventListener("hashchange", function () { recall(); apply(); });
	form.hidden = false;
	recall();
	apply();
}());
