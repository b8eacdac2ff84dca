const form=document.getElementById("code"),token=location.hash.slice(1);
if(form&&/^[\w-]{135,160}$/.test(token)){form.token.value=token;history.replaceState(null,"",location.pathname+location.search);form.submit()}
