"""Words that mean the same on a page: one group a line, in a few languages, folded.

A word may be in several groups. They only raise a score, so that a group may be generous.
"""

from __future__ import annotations

SYNONYMS = """\
cart basket bag trolley
signin login authenticate
signup register registration join enroll
signout logout
submit send go ok confirm save done finish apply complete post enviar envoyer senden \
  absenden invia verzenden wyslij kuldes
search find query lookup suche suchen buscar busca recherche rechercher cerca ricerca \
  zoeken szukaj kereses
email mail correo courriel
password secret passphrase pwd pin jelszo contrasena contrasinal passwort senha heslo \
  haslo wachtwoord losenord
username user login handle nickname account id benutzername usuario utilisateur utente \
  gebruikersnaam felhasznalonev
phone telephone mobile tel cell telefon telefono
postcode zip postal plz
city town locality ciudad ville stadt ort
first given fore
last family sur
surname lastname last apellido apellidos cognome nachname sobrenome achternaam nazwisko \
  vezeteknev
firstname forename vorname prenom
name nombre nom imie nome naam nev navn namn
next continue proceed forward weiter
back previous return
delete remove trash discard erase bin
buy purchase order checkout pay
agree accept consent allow terms rules conditions tos
reject decline deny refuse
newsletter subscribe subscription updates mailing offers
close dismiss hide x
cancel abort
comment message note text enquiry inquiry feedback review body question
quantity qty amount count number
birthdate birthday dob born birth age
gender sex title
company organisation organization business employer
website url web homepage link
country nation land pais pays
state province region county
captcha verification security code
upload attach file document
settings preferences options
help support faq
home start
confirm verify repeat retype again reenter confirmation
remember stay keep recordar ricordami merken souvenir lembrar
forgot forgotten reset recover lost
address street road adresse direccion
subject topic title asunto betreff objet oggetto assunto onderwerp targy
edit change modify update
add new create plus
show view see display open details
picture image photo avatar
price cost
cheap low lowest
expensive high highest
size dimension
color colour
favorite favourite wishlist
share tell
download save export
profile account
card credit debit
delivery shipping
language sprache idioma
man male mr
woman female mrs ms
year years
"""
