// Reads the token out of the address, takes it out of sight, and sends it only when the button is pressed.
(() => {
  const form = document.querySelector('form[data-call]');
  const said = document.querySelector('.said');
  if (!(form instanceof HTMLFormElement) || said === null) return;
  const button = form.querySelector('button');
  const password = form.querySelector('input[name="newPassword"]');
  const show = form.querySelector('input[name="show"]');

  const token = new URLSearchParams(location.hash.slice(1)).get('token');
  history.replaceState(null, '', location.pathname);

  const say = (text, kind) => {
    said.textContent = text;
    said.className = `said ${kind}`;
  };

  if (!token) {
    say('This link is not complete, or the page was loaded anew. Open the link in the mail again.', 'bad');
    return;
  }
  form.hidden = false;
  show?.addEventListener('change', () => {
    password.type = show.checked ? 'text' : 'password';
  });

  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    button.disabled = true;
    say('One moment …', '');
    try {
      const reply = await fetch(form.dataset.call, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(password === null ? { token } : { token, newPassword: password.value }),
      });
      if (reply.ok) {
        form.hidden = true;
        say(form.dataset.done, 'good');
        return;
      }
      const problem = await reply.json().catch(() => ({}));
      say(problem.detail ?? problem.title ?? `The server answered ${reply.status}. Try again later.`, 'bad');
    } catch {
      say('The server cannot be reached. Check the connection and try again.', 'bad');
    }
    button.disabled = false;
    password?.focus();
  });
})();
