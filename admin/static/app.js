/* youthpilot: small helps for pages that work without it. No framework, nothing inline, everything found by data- attributes.
   data-copy-target=id · data-confirm=question · data-submit (select, checkbox) · data-select-all / data-bulk · data-lookup=url ·
   data-unsaved (form) · data-autosave=url (form) · data-poll=url · data-drop (file field's label) · data-print */
(function () {
  'use strict';
  var root = document.documentElement;
  root.classList.add('js');

  function each(selector, act, from) { Array.prototype.forEach.call((from || document).querySelectorAll(selector), act); }
  function later(act, wait) { var timer; return function () { var self = this, args = arguments; clearTimeout(timer); timer = setTimeout(function () { act.apply(self, args); }, wait); }; }
  function toast(text) {
    var box = document.createElement('p');
    box.className = 'yp-toast'; box.setAttribute('role', 'status'); box.textContent = text;
    document.body.appendChild(box); setTimeout(function () { box.remove(); }, 2200);
  }

  /* links that would run a script or go nowhere: what upstream's templates still contain; strict CSP refuses them anyway */
  document.addEventListener('click', function (event) {
    var link = event.target.closest && event.target.closest('a[href^="javascript:"]');
    if (link) { event.preventDefault(); }
  }, true);

  /* questions before an act that is hard to take back */
  document.addEventListener('submit', function (event) {
    var button = event.submitter, question = (button && button.dataset.confirm) || event.target.dataset.confirm;
    if (!question) { return; }
    if (!window.confirm(question)) { event.preventDefault(); event.stopImmediatePropagation(); return; }
    var mark = document.createElement('input'); /* tells the server that it need not ask again */
    mark.type = 'hidden'; mark.name = '_confirmed'; mark.value = '1'; event.target.appendChild(mark);
  }, true);

  /* copy */
  function copyByHand(text) {
    var area = document.createElement('textarea');
    area.value = text; area.className = 'sr-only'; document.body.appendChild(area); area.select();
    try { document.execCommand('copy'); } finally { area.remove(); }
  }
  document.addEventListener('click', function (event) {
    var button = event.target.closest && event.target.closest('[data-copy-target]');
    if (!button) { return; }
    var source = document.getElementById(button.dataset.copyTarget);
    if (!source) { return; }
    var text = 'value' in source ? source.value : source.textContent.trim();
    var done = function () { toast(button.dataset.copied || '✓'); };
    if (navigator.clipboard && window.isSecureContext) { navigator.clipboard.writeText(text).then(done, function () { copyByHand(text); done(); }); }
    else { copyByHand(text); done(); }
  });

  document.addEventListener('click', function (event) { if (event.target.closest && event.target.closest('[data-print]')) { window.print(); } });

  /* selects and checkboxes that act at once; their submit button is only for browsers without scripts */
  document.addEventListener('change', function (event) {
    var control = event.target;
    if (control.matches('[data-submit]') && control.form) { control.form.requestSubmit ? control.form.requestSubmit() : control.form.submit(); }
  });
  each('[data-submit-fallback]', function (button) { button.hidden = true; });

  /* bulk bar */
  each('form[data-bulk]', function (form) {
    var bar = form.querySelector('[data-bulk-bar]'), all = form.querySelector('[data-select-all]');
    if (!bar) { return; }
    var boxes = form.querySelectorAll('input[name="rowid"]'), count = bar.querySelector('[data-bulk-count]');
    function refresh() {
      var chosen = Array.prototype.filter.call(boxes, function (b) { return b.checked; }).length;
      bar.classList.toggle('is-on', chosen > 0);
      if (count) { count.textContent = count.dataset.text.replace('#', chosen); }
      if (all) { all.checked = chosen === boxes.length && chosen > 0; all.indeterminate = chosen > 0 && chosen < boxes.length; }
    }
    if (all) { all.addEventListener('change', function () { Array.prototype.forEach.call(boxes, function (b) { b.checked = all.checked; }); refresh(); }); }
    form.addEventListener('change', refresh);
    form.addEventListener('reset', function () { setTimeout(refresh, 0); });
    refresh();
  });

  /* suggestions for foreign keys: the text alone is enough for the server, the hidden id makes it certain */
  each('input[data-lookup]', function (input) {
    var list = document.getElementById(input.id + '-list'), hidden = input.parentNode.querySelector('input[name="' + input.name + '-id"]'), known = {};
    var ask = later(function () {
      var term = input.value.trim();
      if (!term || !input.dataset.lookup) { return; }
      fetch(input.dataset.lookup + (input.dataset.lookup.indexOf('?') < 0 ? '?' : '&') + 'limit=20&query=' + encodeURIComponent(term), {credentials: 'same-origin'})
        .then(function (answer) { return answer.ok ? answer.json() : []; })
        .then(function (rows) {
          list.textContent = '';
          rows.forEach(function (row) {
            var option = document.createElement('option');
            option.value = row.text; list.appendChild(option);
            known[row.text] = known[row.text] === undefined || known[row.text] === row.id ? row.id : null; /* two of the same name: let the server ask */
          });
          settle();
        }).catch(function () { /* typing still works */ });
    }, 200);
    function settle() { if (hidden) { hidden.value = known[input.value] || ''; } }
    if (hidden && hidden.value) { known[input.value] = hidden.value; }
    input.addEventListener('input', function () { settle(); ask(); });
    input.addEventListener('change', settle);
  });

  /* unsaved changes */
  each('form[data-unsaved]', function (form) {
    var dirty = false;
    form.addEventListener('input', function () { dirty = true; });
    form.addEventListener('submit', function () { dirty = false; });
    form.addEventListener('yp:saved', function () { dirty = false; });
    window.addEventListener('beforeunload', function (event) { if (dirty) { event.preventDefault(); event.returnValue = ''; } });
  });

  /* draft: posts the form some seconds after the last key; the answer {text, errors?} goes to data-autosave-text */
  each('form[data-autosave]', function (form) {
    var place = form.querySelector('[data-autosave-text]'), running = false, again = false;
    function send() {
      if (running) { again = true; return; }
      running = true;
      var content = new FormData(form);
      each('input[type="file"]', function (input) { content.delete(input.name); }, form); /* files go with the button only */
      fetch(form.dataset.autosave, {method: 'POST', body: content, credentials: 'same-origin', headers: {'X-Requested-With': 'fetch', 'Accept': 'application/json'}})
        .then(function (answer) { return answer.json().catch(function () { return {}; }).then(function (body) { return {ok: answer.ok, body: body}; }); })
        .then(function (result) {
          if (place && result.body.text) { place.textContent = result.body.text; place.classList.toggle('yp-bad', !result.ok); }
          if (result.ok && result.body.counts) { each('[data-autosave-counts]', function (c) { c.textContent = result.body.counts; }, form); }
          if (result.ok) { form.dispatchEvent(new CustomEvent('yp:saved', {detail: result.body})); }
          else if (place && !result.body.text) { place.textContent = place.dataset.failed || ''; place.classList.add('yp-bad'); }
        })
        .catch(function () { if (place) { place.textContent = place.dataset.failed || ''; place.classList.add('yp-bad'); } })
        .then(function () { running = false; if (again) { again = false; send(); } });
    }
    form.addEventListener('input', later(send, 1500));
  });

  /* a number and “not known / none” beside it exclude each other */
  each('[data-figure]', function (box) {
    var numbers = box.querySelectorAll('[data-number]'), blanks = box.querySelectorAll('.yp-blank input');
    if (!numbers.length || !blanks.length) { return; }
    each('[data-number]', function (n) { n.addEventListener('input', function () { Array.prototype.forEach.call(blanks, function (b) { b.checked = false; }); }); }, box);
    Array.prototype.forEach.call(blanks, function (b) { b.addEventListener('change', function () { Array.prototype.forEach.call(numbers, function (n) { n.value = b.value === 'none' ? '0' : ''; }); }); });
  });

  /* characters of a text, white space left out */
  each('textarea[data-count]', function (area) {
    var place = document.getElementById(area.dataset.count);
    if (place) { area.addEventListener('input', function () { place.textContent = area.dataset.countText.replace('#', area.value.replace(/\s/g, '').length); }); }
  });

  /* long work: {done, total, text, finished, next} every second */
  each('[data-poll]', function (box) {
    var bar = box.querySelector('progress'), text = box.querySelector('[data-poll-text]'), wait = 1000;
    function ask() {
      fetch(box.dataset.poll, {credentials: 'same-origin', headers: {'Accept': 'application/json'}})
        .then(function (answer) { return answer.json(); })
        .then(function (state) {
          if (bar && state.total) { bar.max = state.total; bar.value = state.done; }
          if (text && state.text) { text.textContent = state.text; }
          if (state.finished) { if (state.next) { window.location.assign(state.next); } else { window.location.reload(); } return; }
          setTimeout(ask, wait);
        }).catch(function () { wait = Math.min(wait * 2, 15000); setTimeout(ask, wait); });
    }
    setTimeout(ask, wait);
  });

  /* a file dropped on its card */
  each('[data-drop]', function (zone) {
    var field = zone.querySelector('input[type="file"]'), name = zone.querySelector('[data-drop-name]');
    if (!field) { return; }
    ['dragenter', 'dragover'].forEach(function (kind) { zone.addEventListener(kind, function (event) { event.preventDefault(); zone.classList.add('is-over'); }); });
    ['dragleave', 'drop'].forEach(function (kind) { zone.addEventListener(kind, function () { zone.classList.remove('is-over'); }); });
    zone.addEventListener('drop', function (event) { event.preventDefault(); if (event.dataTransfer.files.length) { field.files = event.dataTransfer.files; field.dispatchEvent(new Event('change', {bubbles: true})); } });
    field.addEventListener('change', function () { if (name && field.files.length) { name.textContent = field.files[0].name; } });
  });

  /* pop-ups close with Escape or a click beside them; the drawer too */
  document.addEventListener('keydown', function (event) {
    if (event.key !== 'Escape') { return; }
    each('details.yp-menu[open]', function (menu) { menu.open = false; menu.querySelector('summary').focus(); });
    if (location.hash === '#menu') { location.hash = ''; }
  });
  document.addEventListener('click', function (event) {
    each('details.yp-menu[open]', function (menu) { if (!menu.contains(event.target)) { menu.open = false; } });
  });

  /* take a reader to the first error */
  var wrong = document.querySelector('.alert-danger[tabindex], [aria-invalid="true"]');
  if (wrong) { wrong.focus(); }
})();
