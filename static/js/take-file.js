// Begins the download that the link on this page is for.
document.querySelector("[data-take-file]")?.click();
