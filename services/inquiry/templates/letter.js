const form=document.getElementById("code");
function sendCode(){const token=location.hash.slice(1);
if(form&&/^[\w-]{135,160}$/.test(token)){form.token.value=token;history.replaceState(null,"",location.pathname+location.search);form.submit()}}
addEventListener("hashchange",sendCode);sendCode()
