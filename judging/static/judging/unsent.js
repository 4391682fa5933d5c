/* What was chosen and not sent yet: kept in this browser, for this person, for a day. */

const DAY_MS = 24 * 3600 * 1000;
const VOTE = "arena-unsent";
const DRAFT = "arena-draft";

function read(key, person) {
  try {
    const kept = JSON.parse(localStorage.getItem(key));
    if (kept && kept.person === person && Date.now() - kept.at < DAY_MS) return kept;
    if (kept) localStorage.removeItem(key);
  } catch {
    /* No storage, or not ours. */
  }
  return null;
}

function write(key, value) {
  try {
    localStorage.setItem(key, JSON.stringify({ ...value, at: Date.now() }));
  } catch {
    /* No storage: then it is kept as long as the page is. */
  }
}

export const vote = {
  keep: (person, address, fields) => write(VOTE, { person, address, fields: [...fields] }),
  read: (person) => read(VOTE, person),
  drop: () => localStorage.removeItem(VOTE),
};

export const draft = {
  keep: (person, ballot, fields) => write(DRAFT, { person, ballot, fields: [...fields] }),
  read: (person, ballot) => {
    const kept = read(DRAFT, person);
    return kept?.ballot === ballot ? kept.fields : null;
  },
  drop: () => localStorage.removeItem(DRAFT),
};
