// The question on screen is the one for the kind that is asked for now.

/** Show the question that belongs to what the form asks for. */
export function showQuestion(form) {
  const questions = [...document.querySelectorAll("[data-ask]")];
  const kind = form.elements.asked_for.value;
  const wanted = questions.find((question) => question.dataset.ask === kind) ?? questions[0];
  for (const question of questions) question.hidden = question !== wanted;
}
