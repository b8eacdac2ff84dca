import java.io.FileInputStream;
import java.io.InputStream;
import java.util.Map;
import java.util.TreeMap;
import java.util.logging.LogManager;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.PDFAValidator;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;
import org.verapdf.pdfa.validation.profiles.Profiles;
import org.verapdf.pdfa.validation.profiles.ValidationProfile;

/** Checks PDF files with the veraPDF engine: a line "PROFILE FILE CHECKS" each, and its failed rules below it, indented. */
public class Conformance {
    private static final Map<String, String> PROFILES = new TreeMap<>(Map.of("3a", "PDFA-3A", "ua1", "PDFUA-1"));

    public static void main(String[] files) throws Exception {
        LogManager.getLogManager().reset();
        VeraGreenfieldFoundryProvider.initialise();
        for (Map.Entry<String, String> named : PROFILES.entrySet()) {
            PDFAFlavour flavour = PDFAFlavour.byFlavourId(named.getKey());
            String resource = "/org/verapdf/pdfa/validation/" + named.getValue() + ".xml";
            ValidationProfile profile;
            try (InputStream in = PDFAValidator.class.getResourceAsStream(resource)) {
                profile = Profiles.profileFromXml(in);
            }
            for (String file : files) {
                try (PDFAParser parser = Foundries.defaultInstance().createParser(new FileInputStream(file), flavour);
                        PDFAValidator validator = Foundries.defaultInstance().createValidator(profile, false)) {
                    report(named.getKey(), file, validator.validate(parser));
                }
            }
        }
    }

    private static void report(String profile, String file, ValidationResult result) {
        System.out.println(profile + " " + file + " " + result.getTotalAssertions());
        Map<String, Integer> failures = new TreeMap<>();
        for (TestAssertion assertion : result.getTestAssertions()) {
            if (assertion.getStatus() == TestAssertion.Status.FAILED) {
                failures.merge(assertion.getRuleId().getClause() + "-" + assertion.getRuleId().getTestNumber() + " "
                        + assertion.getMessage(), 1, Integer::sum);
            }
        }
        failures.forEach((rule, times) -> System.out.println("  " + times + " x " + rule));
    }
}
